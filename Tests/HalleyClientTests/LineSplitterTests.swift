import NIOCore
import Testing

@testable import HalleyClient

struct LineSplitterTests {
    private static let text = "{}\n\n{\"a\":1}\nrest"

    private static func lines(_ size: Int, limit: Int = 7) throws -> [String] {
        var splitter = LineSplitter(maximumLength: limit)
        let bytes = Array(self.text.utf8)
        return try stride(from: 0, to: bytes.count, by: size).flatMap {
            try splitter.split(ByteBuffer(bytes: bytes[$0..<min($0 + size, bytes.count)])).map { String(buffer: $0) }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 100]) func splitsInPiecesOfAnySize(_ size: Int) throws {
        #expect(try Self.lines(size) == ["{}", "", "{\"a\":1}"])
    }

    @Test func aLineThatNeverEndsIsRefused() {
        #expect(throws: ClientError.self) { try Self.lines(1, limit: 6) }
    }
}
