import HalleyWire
import NIOCore
import Testing

@Suite struct EventStreamRoundTripTests {
    private static let parts = [
        "a", "é", "😀", "\n", "\r", "\r\n", " ", ":", "data", "id: 1", "event: x", "\u{0}", "\u{2028}",
    ]

    private struct Block {
        var name: String?
        var id: String?
        var data: String

        init(using random: inout SeededRandom) {
            self.name = ["goal", "café", "x:y", " x"].randomElement(using: &random)
            if Bool.random(using: &random) { self.name = nil }
            self.id = Bool.random(using: &random) ? String(Int.random(in: 0...99, using: &random)) : nil
            self.data = (0..<Int.random(in: 0...8, using: &random))
                .map { _ in EventStreamRoundTripTests.parts.randomElement(using: &random)! }.joined()
        }

        func write(into buffer: inout ByteBuffer) {
            if let id { buffer.writeEventStreamField("id", id) }
            if let name { buffer.writeEventStreamField("event", name) }
            ByteBuffer(string: self.data).withUnsafeReadableBytes { buffer.writeEventStreamData($0) }
            buffer.writeStaticString("\n")
        }

        /// Line ends of all sorts arrive as LF.
        var arriving: String {
            var scalars = String.UnicodeScalarView()
            var isAfterCR = false
            for scalar in self.data.unicodeScalars {
                if scalar != "\n" || !isAfterCR { scalars.append(scalar == "\r" ? "\n" : scalar) }
                isAfterCR = scalar == "\r"
            }
            return String(scalars)
        }
    }

    @Test(arguments: 1...100) func whatIsWrittenIsRead(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let blocks = (0..<20).map { _ in Block(using: &random) }
        var buffer = ByteBuffer()
        for block in blocks { block.write(into: &buffer) }
        var id = ""
        let expected = blocks.map { block in
            id = block.id ?? id
            return EventStreamDecoder.Event.event(name: block.name ?? "message", data: block.arriving, id: id)
        }
        let bytes = Array(buffer.readableBytesView)
        #expect(try EventStreamDecoderTests.decode([bytes]) == expected)
        #expect(try EventStreamDecoderTests.decode(bytes.map { [$0] }) == expected)
        #expect(try EventStreamDecoderTests.decode(Pieces.random(of: bytes, using: &random)) == expected)
    }
}
