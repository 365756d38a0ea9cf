import HalleyWire
import NIOCore
import Testing

struct DeflateTests {
    @Test(arguments: [9, 12, 15]) func inflatesWhatItDeflated(_ window: Int) throws {
        var random = SeededRandom(seed: UInt64(window))
        let deflater = Deflater(windowBits: Int32(window), keepsContext: true)
        let inflater = Inflater(windowBits: Int32(window))
        for length in [0, 1, 100, 5000, 200_000] {
            let message = ByteBuffer(bytes: (0..<length).map { _ in UInt8.random(in: 0...9, using: &random) })
            var output = ByteBuffer()
            try inflater.inflate(deflater.deflate(message), into: &output, limit: length)
            try inflater.finish(into: &output, limit: length)
            #expect(output == message)
        }
    }

    /// zlib has nothing to say about the second one in a row, which was a trap.
    @Test(arguments: [true, false]) func deflatesEmptyMessagesInARow(_ keepsContext: Bool) {
        let deflater = Deflater(windowBits: 12, keepsContext: keepsContext)
        for _ in 0..<3 { #expect(deflater.deflate(ByteBuffer()) == ByteBuffer(bytes: [0x00])) }
    }

    /// RFC 7692 §7.2.3.1: "Hello" in one fixed block.
    @Test func inflatesTheExampleOfTheStandard() throws {
        var output = ByteBuffer()
        let inflater = Inflater()
        try inflater.inflate(ByteBuffer(bytes: [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]), into: &output, limit: 5)
        try inflater.finish(into: &output, limit: 5)
        #expect(String(buffer: output) == "Hello")
    }

    /// §7.2.3.5: with the final bit set, two blocks.
    @Test func goesOnAfterAFinalBlock() throws {
        var output = ByteBuffer()
        let inflater = Inflater()
        let bytes: [UInt8] = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]
        try inflater.inflate(ByteBuffer(bytes: bytes), into: &output, limit: 5)
        try inflater.finish(into: &output, limit: 5)
        #expect(String(buffer: output) == "Hello")
    }

    @Test func stopsAtTheLimit() {
        let deflated = Deflater(windowBits: 12, keepsContext: false).deflate(ByteBuffer(repeating: 1, count: 1000))
        var output = ByteBuffer()
        #expect(throws: Inflater.Failure.tooBig) { try Inflater().inflate(deflated, into: &output, limit: 999) }
        #expect(output.readableBytes == 1000)
    }

    /// A peer that refers 700 bytes back though 512 were agreed on may get through, by how its bytes arrive, but never with
    /// anything else than it has said. Found by fuzzing.
    @Test(arguments: [(9, 1), (9, 16), (9, 100), (9, 10_000), (15, 1), (15, 16), (15, 100), (15, 10_000)])
    func refersBackAsFarAsAgreed(_ window: Int, _ size: Int) {
        var random = SeededRandom(seed: 9)
        let part = (0..<700).map { _ in UInt8.random(in: 0...255, using: &random) }
        let message = ByteBuffer(bytes: part + part)
        let deflated = Deflater(windowBits: 15, keepsContext: false).deflate(message)
        let result = Self.inflate(deflated, by: size, window: window)
        let isRefused = result == .failure(.corrupt)
        #expect(isRefused || result == .success(message))
        // Piece by piece zlib has no more at hand than the window.
        if size == 1 { #expect(isRefused == (window == 9)) }
        if window == 15 { #expect(!isRefused) }
    }

    private static func inflate(
        _ deflated: ByteBuffer, by size: Int, window: Int
    ) -> Result<ByteBuffer, Inflater.Failure> {
        var (rest, output) = (deflated, ByteBuffer())
        let inflater = Inflater(windowBits: Int32(window))
        return Result { () throws(Inflater.Failure) in
            while let piece = rest.readSlice(length: max(1, min(size, rest.readableBytes))) {
                try inflater.inflate(piece, into: &output, limit: 10_000)
            }
            try inflater.finish(into: &output, limit: 10_000)
            return output
        }
    }

    @Test func refusesRubbish() {
        var output = ByteBuffer()
        #expect(throws: Inflater.Failure.corrupt) {
            try Inflater().inflate(ByteBuffer(bytes: [0x07, 0xff, 0xff]), into: &output, limit: 100)
        }
    }
}
