import NIOCore
import Testing

@testable import HalleyWire

/// What a head says of its message and of the connection.
@Suite struct HTTP1HeadTests {
    private static func head(
        _ fields: String, line: String = "GET /", host: String = "Host: a\r\n", minor: Int = 1
    ) throws -> HTTP1Head {
        var parser = HTTP1Parser.forTests
        var input = ByteBuffer(string: "\(line) HTTP/1.\(minor)\r\n\(host)\(fields)\r\n")
        switch parser.next(&input) {
        case .head(let head): return head
        case .failed(let failure): throw failure
        case .needsMore, .body, .end: throw HTTP1Failure.malformed(.requestLine)
        }
    }

    /// RFC 9112 §9.3.
    static let persistences: [(String, Int, Bool)] = [
        ("", 1, true), ("Connection: keep-alive\r\n", 1, true), ("Connection: close\r\n", 1, false),
        ("Connection: Close\r\n", 1, false), ("Connection: TE, close\r\n", 1, false),
        ("Connection: TE\r\nConnection: close\r\n", 1, false), ("Connection: closed\r\n", 1, true),
        ("Connection: close\r\nConnection: keep-alive\r\n", 1, false), ("Connection:\r\n", 1, true),
        ("Connection: close, keep-alive\r\n", 1, false), ("Connection: Upgrade\r\n", 1, true),
        ("Proxy-Connection: close\r\n", 1, true),
        ("", 0, false), ("Connection: keep-alive\r\n", 0, true), ("Connection: Keep-Alive\r\n", 0, true),
        ("Connection: close\r\n", 0, false), ("Connection: keep-alive, close\r\n", 0, false),
        ("Connection: upgrade\r\n", 0, false), ("Proxy-Connection: keep-alive\r\n", 0, false),
    ]

    @Test(arguments: persistences) func knowsWhetherTheConnectionStays(
        _ fields: String, _ minor: Int, _ stays: Bool
    ) throws {
        #expect(try Self.head(fields, minor: minor).isPersistent == stays)
    }

    /// Nothing follows a tunnel that is not made.
    @Test(arguments: ["", "Connection: keep-alive\r\n"]) func noTunnelStays(_ fields: String) throws {
        let head = try Self.head(fields, line: "CONNECT a:1")
        #expect(!head.isPersistent)
        #expect(head.options.contains(.close))
    }

    static let options: [(String, HTTP1Head.Options)] = [
        ("", []), ("Connection: x\r\n", []), ("Connection: close\r\n", .close),
        ("connection: KEEP-ALIVE\r\n", .keepAlive), ("CONNECTION: Upgrade\r\n", .upgrade),
        ("Connection: close,keep-alive ,\tupgrade\r\n", [.close, .keepAlive, .upgrade]),
        ("Connection: ,, upgrade,\r\n", .upgrade), ("Connection: close upgrade\r\n", []),
        ("Connection: \"close\"\r\n", []), ("Connection: close;x\r\n", []), ("Connection: clos\u{212a}\r\n", []),
        ("Connection: keep-alive\r\nX: y\r\nConnection: upgrade\r\n", [.keepAlive, .upgrade]),
        ("Upgrade: close\r\n", []), ("X-Connection: close\r\n", []),
    ]

    @Test(arguments: options) func knowsTheOptions(_ fields: String, _ options: HTTP1Head.Options) throws {
        #expect(try Self.head(fields).options == options)
    }

    static let upgrades: [(String, Bool)] = [
        ("Connection: Upgrade\r\nUpgrade: websocket\r\n", true),
        ("Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n", true),
        ("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n", true),
        ("Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n", true),
        ("Connection: upgrade\r\n", false), ("Upgrade: websocket\r\n", false),
        ("Connection: upgrade\r\nUpgrade: h2c\r\n", false), ("Connection: upgrade\r\nUpgrade: websocket/13\r\n", false),
    ]

    @Test(arguments: upgrades) func knowsWhoAsksForAWebSocket(_ fields: String, _ asks: Bool) throws {
        #expect(try Self.head(fields).asksForWebSocket == asks)
    }

    static let expectations: [(String, Int, Bool)] = [
        ("", 1, false), ("Expect: 100-continue\r\nContent-Length: 1\r\n", 1, true),
        ("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", 1, true),
        // Nothing will come.
        ("Expect: 100-continue\r\n", 1, false), ("Expect: 100-continue\r\nContent-Length: 0\r\n", 1, false),
        ("Expect: something\r\nContent-Length: 1\r\n", 1, false), ("Expect:\r\nContent-Length: 1\r\n", 1, false),
        // RFC 9110 §10.1.1: an HTTP/1.0 client's is to be ignored.
        ("Expect: 100-continue\r\nContent-Length: 1\r\n", 0, false),
    ]

    @Test(arguments: expectations) func knowsWhoWaitsToBeAsked(_ fields: String, _ minor: Int, _ waits: Bool) throws {
        #expect(try Self.head(fields, minor: minor).expectsContinue == waits)
    }

    @Test(arguments: [("", nil), ("Expect: \r\n", ""), ("expect: Tea, x\r\n", "Tea, x")] as [(String, String?)])
    func keepsWhatIsExpected(_ fields: String, _ expectation: String?) throws {
        #expect(try Self.head(fields).expectation == expectation)
    }

    static let bodies: [(String, HTTP1Head.Body)] = [
        ("", .none), ("Content-Length: 0\r\n", .none), ("Content-Length: 7\r\n", .length(7)),
        ("Content-Length: 0000000000000000000000007\r\n", .length(7)),
        ("Content-Length: 9223372036854775807\r\n", .length(.max)), ("Transfer-Encoding: chunked\r\n", .chunked),
        ("Transfer-Encoding: CHUNKED\r\n", .chunked),
    ]

    @Test(arguments: bodies) func knowsTheBody(_ fields: String, _ body: HTTP1Head.Body) throws {
        #expect(try Self.head(fields).body == body)
        #expect(try Self.head(fields, line: "CONNECT a:1").body == .none)
    }

    /// The host of an absolute target counts (RFC 9112 §3.2.2).
    static let hosts: [(String, String, String?)] = [
        ("GET /", "Host: a.test:81\r\n", "a.test:81"), ("GET /", "Host:\r\n", ""),
        ("GET /", "HOST:\t[::1] \r\n", "[::1]"),
        ("GET http://b.test:82/x", "Host: a\r\n", "b.test:82"), ("GET hTTp://b?x", "Host: a\r\n", "b"),
        ("GET https://[::1]:1", "Host: a\r\n", "[::1]:1"), ("GET http://b/", "Host:\r\n", "b"),
        ("OPTIONS *", "Host: a\r\n", "a"), ("OPTIONS http://b", "Host: a\r\n", "b"), ("GET //b/", "Host: a\r\n", "a"),
        ("CONNECT b:443", "Host: a\r\n", "a"), ("CONNECT http://b", "Host: a\r\n", "a"),
    ]

    @Test(arguments: hosts) func knowsTheHost(_ line: String, _ field: String, _ host: String?) throws {
        #expect(try Self.head("", line: line, host: field).host == host)
        #expect(try Self.head("", line: line, host: field, minor: 0).host == host)
    }

    /// An HTTP/1.0 client need not say it.
    @Test(arguments: [("GET /", nil), ("GET http://b/", "b")] as [(String, String?)])
    func anOldClientsHost(_ line: String, _ host: String?) throws {
        #expect(try Self.head("", line: line, host: "", minor: 0).host == host)
        #expect(throws: HTTP1Failure.malformed(.host)) { try Self.head("", line: line, host: "") }
    }
}
