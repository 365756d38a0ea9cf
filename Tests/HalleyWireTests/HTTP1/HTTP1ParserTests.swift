import NIOCore
import Testing

@testable import HalleyWire

/// Requests that are (RFC 9112).
@Suite struct HTTP1ParserTests {
    typealias Whole = ParsedRequests.Whole

    private static func get(
        _ method: String = "GET", _ target: String = "/", _ fields: [String] = ["Host=a"], minor: Int = 1,
        body: String = ""
    ) -> Whole {
        Whole(method: method, target: target, minorVersion: minor, fields: fields, body: Array(body.utf8))
    }

    static let valid: [(String, [Whole])] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [get()]),
        ("GET / HTTP/1.0\r\n\r\n", [get("GET", "/", [], minor: 0)]),
        // Empty lines before a request are no part of it (§2.2).
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [get()]),
        // The forms of a target (§3.2).
        ("GET /a/b?c=d%20e&f HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "/a/b?c=d%20e&f")]),
        ("GET //x HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "//x")]),
        ("GET /{|}^`\"<>\\ HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "/{|}^`\"<>\\")]),
        ("GET http://b.test:81/x HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "http://b.test:81/x")]),
        ("GET HTTPS://[::1]?x HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "HTTPS://[::1]?x")]),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [get("OPTIONS", "*")]),
        ("CONNECT b.test:443 HTTP/1.1\r\nHost: a\r\n\r\n", [get("CONNECT", "b.test:443")]),
        ("M-!#$%&'*+.^_`|~9 / HTTP/1.1\r\nHost: a\r\n\r\n", [get("M-!#$%&'*+.^_`|~9")]),
        // Fields (§5): white space around a value, none, and what it may hold.
        ("GET / HTTP/1.1\r\nHost:a\r\n\r\n", [get()]), ("GET / HTTP/1.1\r\nHost:\t a \t\r\n\r\n", [get()]),
        ("GET / HTTP/1.1\r\nhoSt: \r\n\r\n", [get("GET", "/", ["hoSt="])]),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nX: é\t \"b\"\r\nempty:\r\nX: c\r\n\r\n",
            [get("GET", "/", ["Host=a", "X=é\t \"b\"", "empty=", "X=c"])]
        ),
        ("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", [get("GET", "/", ["Host=[2001:db8::1]:80"])]),
        // Bodies (§6, §7).
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            [get("POST", "/", ["Host=a", "Content-Length=3"], body: "abc")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000\r\n\r\n",
            [get("POST", "/", ["Host=a", "Content-Length=000"])]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0A;x=y;z\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
            [get("POST", "/", ["Host=a", "Transfer-Encoding=Chunked"], body: "a0123456789")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \t chunked\r\n\r\n0000000000000001;a=\"b;\\\"\"\r\nx\r\n0\r\n\r\n",
            [get("POST", "/", ["Host=a", "Transfer-Encoding=chunked"], body: "x")]
        ),
        // Several, one behind the other.
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n",
            [get("POST", "/", ["Host=a", "Content-Length=1"], body: "x"), get(), get("HEAD", "/b")]
        ),
    ]

    @Test(arguments: valid) func takes(_ text: String, _ expected: [Whole]) {
        for pieces in Pieces.all(of: Array(text.utf8)) {
            let parsed = ParsedRequests(pieces)
            #expect(parsed.requests == expected && parsed.failure == nil && parsed.rest.isEmpty, "\(parsed)")
        }
    }

    /// Each step takes its own bytes, and leaves the rest where it is.
    @Test(arguments: valid, ["", "GET", "\u{89}\u{85}7\u{fa}", "PRI * HTTP/2.0\r\n"])
    func saysWhatItConsumed(_ request: (String, [Whole]), _ rest: String) {
        let parsed = ParsedRequests([Array((request.0 + rest).utf8)], most: request.1.count)
        #expect(parsed.requests == request.1)
        #expect(parsed.rest == Array(rest.utf8))
    }

    @Test func tellsWhenAHeadBegins() {
        var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
        var input = ByteBuffer()
        #expect(!parser.hasBegunHead(input))
        for (text, hasBegun) in [("\r\n", false), ("\r\n\r\n", false), ("G", true), ("ET / HTTP/1.1\r\n", true)] {
            input.writeString(text)
            if case .needsMore = parser.next(&input) {} else { Issue.record("more than a part of a head") }
            #expect(parser.hasBegunHead(input) == hasBegun, "\(text)")
        }
    }

    // MARK: - What a head says

    private static func head(_ fields: String, minor: Int = 1) throws -> HTTP1Head {
        var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
        var input = ByteBuffer(string: "GET / HTTP/1.\(minor)\r\nHost: a\r\n\(fields)\r\n")
        guard case .head(let head) = parser.next(&input) else { throw HTTP1Failure.malformed(.requestLine) }
        return head
    }

    /// §9.3.
    static let persistences: [(String, Int, Bool)] = [
        ("", 1, true), ("Connection: keep-alive\r\n", 1, true), ("Connection: close\r\n", 1, false),
        ("Connection: Close\r\n", 1, false), ("Connection: TE, close\r\n", 1, false),
        ("Connection: TE\r\nConnection: close\r\n", 1, false), ("Connection: closed\r\n", 1, true),
        ("Connection: close, keep-alive\r\n", 1, false), ("Connection: Upgrade\r\n", 1, true),
        ("Proxy-Connection: close\r\n", 1, true),
        ("", 0, false), ("Connection: keep-alive\r\n", 0, true), ("Connection: Keep-Alive\r\n", 0, true),
        ("Connection: close\r\n", 0, false), ("Connection: keep-alive, close\r\n", 0, false),
        ("Proxy-Connection: keep-alive\r\n", 0, false),
    ]

    @Test(arguments: persistences) func knowsWhetherTheConnectionStays(
        _ fields: String, _ minor: Int, _ stays: Bool
    ) throws {
        #expect(try Self.head(fields, minor: minor).isPersistent == stays)
    }

    static let expectations: [(String, Int, Bool)] = [
        ("", 1, false), ("Expect: 100-continue\r\nContent-Length: 1\r\n", 1, true),
        ("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", 1, true),
        // Nothing will come.
        ("Expect: 100-continue\r\n", 1, false), ("Expect: 100-continue\r\nContent-Length: 0\r\n", 1, false),
        ("Expect: something\r\nContent-Length: 1\r\n", 1, false),
        // RFC 9110 §10.1.1: an HTTP/1.0 client's is to be ignored.
        ("Expect: 100-continue\r\nContent-Length: 1\r\n", 0, false),
    ]

    @Test(arguments: expectations) func knowsWhoWaitsToBeAsked(_ fields: String, _ minor: Int, _ waits: Bool) throws {
        #expect(try Self.head(fields, minor: minor).expectsContinue == waits)
    }

    static let bodies: [(String, HTTP1Head.Body)] = [
        ("", .none), ("Content-Length: 0\r\n", .none), ("Content-Length: 7\r\n", .length(7)),
        ("Content-Length: 9223372036854775807\r\n", .length(.max)), ("Transfer-Encoding: chunked\r\n", .chunked),
    ]

    @Test(arguments: bodies) func knowsTheBody(_ fields: String, _ body: HTTP1Head.Body) throws {
        #expect(try Self.head(fields).body == body)
    }

    // MARK: - Limits, on both sides

    private static func long(_ target: Int, _ head: Int) -> [UInt8] {
        let line = "GET /" + String(repeating: "x", count: target - 1) + " HTTP/1.1\r\nHost: a\r\nX: "
        return Array((line + String(repeating: "y", count: head - line.utf8.count - 4) + "\r\n\r\n").utf8)
    }

    @Test(
        arguments: [(50, 200, nil), (51, 200, .targetTooLong), (50, 201, .headTooLarge), (5000, 6000, .targetTooLong)]
            as [(Int, Int, HTTP1Failure?)])
    func limitsTheHead(_ target: Int, _ head: Int, _ failure: HTTP1Failure?) {
        let bytes = Self.long(target, head)
        for pieces in [[bytes], bytes.map { [$0] }] {
            #expect(ParsedRequests(pieces, head: 200, target: 50).failure == failure)
        }
    }

    /// A head, or a line, without an end.
    @Test(
        arguments: [
            ("GET /" + String(repeating: "x", count: 500), .targetTooLong),
            ("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 500), .headTooLarge),
            ("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 100), .headTooLarge),
            (String(repeating: "\r\n", count: 200), .headTooLarge),
        ] as [(String, HTTP1Failure)])
    func waitsForNoEndOfAHead(_ text: String, _ failure: HTTP1Failure) {
        for pieces in [[Array(text.utf8)], text.utf8.map { [$0] }] {
            #expect(ParsedRequests(pieces, head: 200, target: 50).failure == failure)
        }
    }

    private static let length = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
    private static let chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(
        arguments: [
            (length + "10\r\n\r\n0123456789", nil), (length + "11\r\n\r\n", .bodyTooLarge),
            (chunks + "a\r\n0123456789\r\n0\r\n\r\n", nil), (chunks + "b\r\n", .bodyTooLarge),
            (chunks + "9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n", nil),
            (chunks + "9\r\n012345678\r\n2\r\n", .bodyTooLarge),
            (chunks + "7fffffffffffffff\r\n", .bodyTooLarge), (chunks + "ffffffffffffffff\r\n", .bodyTooLarge),
        ] as [(String, HTTP1Failure?)])
    func limitsTheBody(_ text: String, _ failure: HTTP1Failure?) {
        for pieces in Pieces.all(of: Array(text.utf8)) {
            #expect(ParsedRequests(pieces, body: 10).failure == failure)
        }
    }

    /// Extensions and trailers of a body together are no longer than a head.
    @Test(arguments: [(99, nil), (100, nil), (101, .headTooLarge)] as [(Int, HTTP1Failure?)])
    func limitsWhatComesBesidesABody(_ count: Int, _ failure: HTTP1Failure?) {
        let ext = Self.chunks + "1;" + String(repeating: "x", count: count - 1) + "\r\na\r\n0\r\n\r\n"
        let trailers =
            Self.chunks + "0\r\n" + "A: " + String(repeating: "x", count: count - 7) + "\r\nB: c\r\n\r\n"
        let both =
            Self.chunks + "1;" + String(repeating: "x", count: 49) + "\r\na\r\n0;"
            + String(repeating: "x", count: count - 51) + "\r\n\r\n"
        for text in [ext, trailers, both] {
            for pieces in [[Array(text.utf8)], text.utf8.map { [$0] }] {
                #expect(ParsedRequests(pieces, head: 100).failure == failure)
            }
        }
    }

    @Test func dropsABodyThatIsShort() {
        for (text, isShort) in [
            (Self.length + "5\r\n\r\nab", true), (Self.length + "13\r\n\r\nab", true),
            (Self.length + "14\r\n\r\nab", false), (Self.chunks + "4\r\nab", true), (Self.chunks + "e\r\nab", false),
        ] {
            var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
            var input = ByteBuffer(string: text)
            guard case .head = parser.next(&input), case .body = parser.next(&input) else {
                Issue.record("no body")
                continue
            }
            #expect(parser.dropBody(atMost: 11) == isShort, "\(text)")
        }
    }
}
