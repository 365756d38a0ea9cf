import HalleyWire
import NIOCore
import Testing

/// RFC 9112 §7.1.
@Suite struct ChunkFramingTests {
    @Test(arguments: [(1, "1"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (4096, "1000"), (65536, "10000")])
    func writesSizeInHex(_ size: Int, _ hex: String) {
        var buffer = ByteBuffer()
        buffer.writeHTTPChunk { $0.writeRepeatingByte(0x78, count: size) }
        #expect(String(buffer: buffer) == "\(hex)\r\n" + String(repeating: "x", count: size) + "\r\n")
    }

    /// A chunk of size 0 would end the body.
    @Test func writesNothingForNothing() {
        var buffer = ByteBuffer()
        buffer.writeHTTPChunk { _ in }
        #expect(buffer.readableBytes == 0)
    }

    @Test func appends() {
        var buffer = ByteBuffer(string: "head")
        buffer.writeHTTPChunk { $0.writeStaticString("a\r\n") }
        buffer.writeHTTPChunk { $0.writeStaticString("b") }
        buffer.writeLastHTTPChunk()
        #expect(String(buffer: buffer) == "head3\r\na\r\n\r\n1\r\nb\r\n0\r\n\r\n")
    }
}
