import NIOHTTP1
import Testing

@testable import Halley

@Suite struct WebSocketHandshakeTests {
    /// RFC 6455 §1.3.
    @Test func answersTheKeyOfTheRFC() throws {
        #expect(WebSocketHandshake.accept(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(try WebSocketHandshake(Self.request()).accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    typealias Change = (name: String, values: [String], refusal: Refusal?)

    private static let upgrade = Refusal(426, "upgrade_required")
    private static let malformed = Refusal(400, "bad_request")

    /// A good handshake with one header changed (RFC 6455 §4.2.1).
    static let changes: [Change] = [
        ("Upgrade", [], upgrade), ("Upgrade", ["h2c"], upgrade), ("Upgrade", ["websockets"], upgrade),
        ("Upgrade", ["WebSocket"], nil), ("Upgrade", ["h2c, websocket"], nil), ("Upgrade", ["h2c", "websocket"], nil),
        ("Connection", [], upgrade), ("Connection", ["keep-alive"], upgrade), ("Connection", ["upgrade"], nil),
        ("Connection", ["keep-alive, Upgrade"], nil), ("Connection", ["keep-alive", "Upgrade"], nil),
        ("Sec-WebSocket-Version", [], upgrade), ("Sec-WebSocket-Version", ["8"], upgrade),
        ("Sec-WebSocket-Version", ["014"], upgrade), ("Sec-WebSocket-Version", ["13, 8"], upgrade),
        ("Sec-WebSocket-Key", [], malformed), ("Sec-WebSocket-Key", [""], malformed),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="], malformed),
        // 15 and 17 bytes, no padding, no base64, bits that are left over.
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j"], malformed),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZWU="], malformed),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ"], malformed),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZ!=="], malformed),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZR=="], malformed),
        ("Sec-WebSocket-Key", ["the sample nonce"], malformed),
        ("Sec-WebSocket-Key", ["AAAAAAAAAAAAAAAAAAAAAA=="], nil),
    ]

    @Test(arguments: changes) func checksEachHeader(_ change: Change) {
        let refusal = Refusal.of { _ = try WebSocketHandshake(Self.request(change.name, change.values)) }
        #expect(refusal == change.refusal)
    }

    @Test func needsAGetOfHTTP11() {
        #expect(Refusal.of { _ = try WebSocketHandshake(Self.request(method: .HEAD)) } == Self.upgrade)
        #expect(Refusal.of { _ = try WebSocketHandshake(Self.request(minorVersion: 0)) } == Self.malformed)
    }

    /// RFC 6455 §4.4 and RFC 9110 §15.5.22: a 426 says what is spoken.
    @Test(arguments: ["Upgrade", "Sec-WebSocket-Version"]) func saysWhatIsSpoken(_ name: String) throws {
        let error = try #require(throws: RequestError.self) { try WebSocketHandshake(Self.request(name, [])) }
        #expect(
            error.headers.map { "\($0.0): \($0.1)" } == [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            ])
    }

    private static func request(
        _ name: String = "", _ values: [String] = [], method: HTTPMethod = .GET, minorVersion: Int = 1
    ) -> RequestHead {
        let headers = [
            ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
        ].filter { $0.0 != name }
        return .make(method, "/ws", headers + values.map { (name, $0) }, minorVersion: minorVersion)
    }
}
