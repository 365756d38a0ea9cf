import HalleyHub
import NIOCore
import Testing

@testable import Halley

@Suite struct HTTP1ConnectionPushTests {
    private static let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let stream = "GET /sse?topic=news HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let socket = """
        GET /ws?topic=news HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    private static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    private static let firstBlock = chunk("retry: 3000\nid: 4f9c1b7a2e8d3056-0\n\n")

    @Test(arguments: [true, false]) func takesOverOnTheThirdRequest(_ isPipelined: Bool) async throws {
        let connection = try await TestConnection()
        var replies: [Reply] = []
        if isPipelined {
            try await connection.send(Self.health + Self.health + Self.stream)
            replies = try await connection.replies()
        } else {
            for request in [Self.health, Self.health, Self.stream] {
                try await connection.send(request)
                replies += try await connection.replies()
            }
        }
        #expect(replies.map(\.status) == [200, 200, 200])
        #expect(replies.last?.headers["content-type"] == "text/event-stream")
        #expect(replies.last?.headers["transfer-encoding"] == "chunked")
        #expect(replies.last?.headers["cache-control"] == "no-cache, no-transform")
        #expect(replies.last?.headers["x-accel-buffering"] == "no")
        #expect(replies.last?.body == Self.firstBlock)
        try await connection.server.hub.publish(.text("a\nb"), to: try Topic("news"))
        #expect(try await connection.receivedText() == Self.chunk("id: 4f9c1b7a2e8d3056-1\ndata: a\ndata: b\n\n"))
    }

    @Test func streamsToAnOldClientWithoutChunks() async throws {
        let connection = try await TestConnection()
        let reply = try await connection.exchange("GET /sse?topic=news HTTP/1.0\r\n\r\n")
        #expect(reply?.headers["transfer-encoding"] == nil)
        #expect(reply?.isLast == true)
        #expect(reply?.body == "retry: 3000\nid: 4f9c1b7a2e8d3056-0\n\n")
    }

    /// What the client says on an event stream is nobody's.
    @Test func ignoresWhatFollowsAnEventStream() async throws {
        let connection = try await TestConnection()
        try await connection.send(Self.stream + Self.health)
        #expect(try await connection.replies().map(\.body) == [Self.firstBlock])
        try await connection.send(Self.health)
        try await connection.send([0xff, 0x00])
        #expect(try await connection.received() == [])
        #expect(connection.isOpen)
    }

    @Test func endsAnEventStreamInADrain() async throws {
        let connection = try await TestConnection()
        try await connection.send(Self.stream)
        _ = try await connection.received()
        try await connection.drain()
        let text = try await connection.receivedText()
        #expect(text.contains("retry: "))
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        #expect(!connection.isOpen)
    }

    static let refused: [(String, Refusal)] = [
        ("GET /sse HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(400, "topic_missing")),
        ("GET /sse?topic=a&cursor=x HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(400, "cursor_invalid")),
        ("GET /ws?topic=a HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(426, "upgrade_required")),
        (socket.replacing("news", with: "$x"), Refusal(400, "topic_reserved")),
        (
            socket.replacing("Host: localhost", with: "Host: localhost\r\nOrigin: http://evil.test"),
            Refusal(403, "origin_refused")
        ),
        ("GET /sse?topic=closed:1 HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(401, "key_missing")),
        ("GET /sse?topic=closed:1&access_token=x HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(403, "key_wrong")),
    ]

    /// A push that is refused leaves the connection as it was.
    @Test(arguments: refused) func goesOnAfterARefusal(_ request: String, _ refusal: Refusal) async throws {
        let connection = try await TestConnection { configuration in
            var rule = TopicRule(prefix: "closed:")
            rule.subscribe = .key
            configuration.rules = [rule]
        }
        #expect(try await connection.exchange(request)?.refusal == refusal)
        #expect(try await connection.exchange(Self.health)?.body == "ok")
    }

    // MARK: - WebSocket

    /// A ping of a client, masked (RFC 6455 §5.7), and its answer.
    private static let ping: [UInt8] = [0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
    private static let pong: [UInt8] = [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
    private static let accepted = """
        HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nReferrer-Policy: no-referrer\r\n\r\n
        """

    /// What has come with the handshake is the new protocol's: in one piece, cut anywhere around the border, byte by byte.
    @Test(arguments: [-100, -12, -11, -10, -5, -1, 0]) func passesOnWhatIsLeftOver(_ cut: Int) async throws {
        let connection = try await TestConnection()
        let bytes = Array(Self.socket.utf8) + Self.ping
        let place = bytes.count + cut
        try await connection.send(Array(bytes[..<place]))
        try await connection.send(Array(bytes[place...]))
        #expect(try await connection.received() == Array(Self.accepted.utf8) + Self.pong)
    }

    @Test func passesOnWhatIsLeftOverByteByByte() async throws {
        let connection = try await TestConnection()
        for byte in Array(Self.health.utf8) + Array(Self.socket.utf8) + Self.ping { try await connection.send([byte]) }
        let bytes = try await connection.received()
        #expect(
            bytes.suffix(Self.accepted.utf8.count + Self.pong.count).elementsEqual(
                Array(Self.accepted.utf8) + Self.pong))
        #expect(Reply.all(in: bytes).map(\.status) == [200, 101])
    }

    /// Even where the handshake is not the first of its read.
    @Test func passesOnWhatIsLeftOverOfAPipeline() async throws {
        let connection = try await TestConnection()
        try await connection.send(Array((Self.health + Self.socket).utf8) + Self.ping)
        let bytes = try await connection.received()
        #expect(bytes.suffix(Self.pong.count).elementsEqual(Self.pong))
        #expect(Reply.all(in: bytes).map(\.status) == [200, 101])
    }
}
