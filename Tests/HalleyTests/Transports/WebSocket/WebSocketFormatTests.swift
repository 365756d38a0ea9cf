import HalleyHub
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import Halley

@Suite struct WebSocketFormatTests {
    private static let envelope = WebSocketDialect(isRaw: false, hello: false).format
    private static let raw = WebSocketDialect(isRaw: true, hello: false).format

    @Test func sendsTheEnvelopeAsText() throws {
        let text = """
            {"id":"4f9c1b7a2e8d3056-128","topic":"news","event":"message","data":{"any":"JSON"},"time":1767225600000}
            """
        #expect(
            try Self.written(Self.envelope, .json(#"{"any":"JSON"}"#)) == [0x81, UInt8(text.utf8.count)]
                + Array(text.utf8))
    }

    static let contents: [(Content, [UInt8])] = [
        (.text("Hello"), [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]), (.text(""), [0x81, 0x00]),
        (try! .json("[1]"), [0x81, 0x03, 0x5b, 0x31, 0x5d]),
        (.text("<a>", type: "text/html"), [0x81, 0x03, 0x3c, 0x61, 0x3e]),
        (.binary(ByteBuffer(bytes: [0xff, 0x00])), [0x82, 0x02, 0xff, 0x00]), (.binary(ByteBuffer()), [0x82, 0x00]),
    ]

    @Test(arguments: contents) func sendsTheBareData(_ content: Content, _ frame: [UInt8]) throws {
        #expect(try Self.written(Self.raw, content) == frame)
    }

    @Test func hasAnIdentityOfItsOwn() { #expect(Self.raw.identity != Self.envelope.identity) }

    /// By NIO's decoder, in one piece and byte by byte.
    @Test(arguments: [0, 125, 126, 65535, 65536]) func isReadByAWebSocketClient(_ size: Int) throws {
        let data = ByteBuffer(repeating: 0x78, count: size)
        let bytes = try Self.written(Self.raw, .binary(data))
        for pieces in [[bytes], bytes.prefix(200).map { [$0] } + [Array(bytes.dropFirst(200))]] {
            let channel = EmbeddedChannel(
                handler: ByteToMessageHandler(NIOWebSocket.WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
            for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
            let frame = try #require(try channel.readInbound(as: WebSocketFrame.self))
            #expect(frame == WebSocketFrame(fin: true, opcode: .binary, data: data))
            #expect(try channel.readInbound(as: WebSocketFrame.self) == nil)
        }
    }

    private static func written(_ format: any WireFormat, _ content: Content) throws -> [UInt8] {
        var buffer = ByteBuffer()
        format.encode(try .make(content), id: .make(128), into: &buffer)
        return Array(buffer.readableBytesView)
    }
}
