import NIOCore
import Testing

@testable import HalleyWire

/// Requests that are (RFC 9112), and what of the bytes each step takes.
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
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", [get(minor: 0)]),
        // Empty lines before a request are no part of it (§2.2).
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [get()]),
        // The forms of a target (§3.2).
        ("GET /a/b?c=d%20e&f HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "/a/b?c=d%20e&f")]),
        ("GET //x HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "//x")]),
        ("GET /?http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "/?http://b/")]),
        ("GET /{|}^`\"<>\\ HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "/{|}^`\"<>\\")]),
        ("GET http://b.test:81/x HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "http://b.test:81/x")]),
        ("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", [get("GET", "http://b")]),
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
        ("GET / HTTP/1.1\r\nHost: a\r\nX:: b:c\r\n\r\n", [get("GET", "/", ["Host=a", "X=: b:c"])]),
        ("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", [get("GET", "/", ["Host=[2001:db8::1]:80"])]),
        ("GET / HTTP/1.1\r\nHost: a-b_c.test:8080\r\n\r\n", [get("GET", "/", ["Host=a-b_c.test:8080"])]),
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", [get("GET", "/", ["Host=127.0.0.1"])]),
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
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t003 \t\r\n\r\n\r\n\n",
            [get("POST", "/", ["Host=a", "Content-Length=003"], body: "\r\n\n")]
        ),
        (
            "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na",
            [get("POST", "/", ["Content-Length=1"], minor: 0, body: "a")]
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
            [get("GET", "/", ["Host=a", "Content-Length=2"], body: "ab")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [get("POST", "/", ["Host=a", "Transfer-Encoding=chunked"])]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0A;x=y;z\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
            [get("POST", "/", ["Host=a", "Transfer-Encoding=Chunked"], body: "a0123456789")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \t chunked\r\n\r\n0000000000000001;a=\"b;\\\"\"\r\nx\r\n0\r\n\r\n",
            [get("POST", "/", ["Host=a", "Transfer-Encoding=chunked"], body: "x")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:chunked\r\n\r\n2\r\n\r\n\r\n0000000000000000\r\nA:\r\nB: é\r\n\r\n",
            [get("POST", "/", ["Host=a", "transfer-encoding=chunked"], body: "\r\n")]
        ),
        // A tunnel has no body, whatever its fields say (RFC 9110 §9.3.6).
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
            [get("CONNECT", "a:1", ["Host=a", "Content-Length=3"])]
        ),
        // Several, one behind the other.
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n",
            [get("POST", "/", ["Host=a", "Content-Length=1"], body: "x"), get(), get("HEAD", "/b")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            [
                get("POST", "/", ["Host=a", "Transfer-Encoding=chunked"], body: "x"),
                get("GET", "/", [], minor: 0),
            ]
        ),
    ]

    @Test(arguments: valid) func takes(_ text: String, _ expected: [Whole]) {
        for pieces in Pieces.most(of: Array(text.utf8)) {
            let parsed = ParsedRequests(pieces)
            #expect(parsed.requests == expected && parsed.failure == nil && parsed.rest.isEmpty, "\(parsed)")
            #expect(parsed.ends.last == text.utf8.count)
        }
    }

    /// Bytes of a value that are no UTF-8 are replaced where it becomes a text (RFC 9110 §5.5 lets them be opaque).
    @Test func takesValuesThatAreNoUTF8() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [0xff, 0x80] + Array("b\r\n\r\n".utf8)
        for pieces in Pieces.most(of: bytes) {
            let parsed = ParsedRequests(pieces)
            #expect(parsed.requests.map(\.fields) == [["Host=a", "X=a\u{fffd}\u{fffd}b"]])
        }
    }

    // MARK: - What is taken

    /// A request that was asked for, and not the next one.
    @Test(arguments: valid, ["", "GET", "\u{89}\u{85}7\u{fa}", "PRI * HTTP/2.0\r\n", "nonsense \n"])
    func saysWhatItConsumed(_ request: (String, [Whole]), _ rest: String) {
        let parsed = ParsedRequests([Array((request.0 + rest).utf8)], most: request.1.count)
        #expect(parsed.requests == request.1)
        #expect(parsed.rest == Array(rest.utf8))
    }

    private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"

    /// Each step, and what is there after it.
    static let consumed: [(String, [String])] = [
        (head + "\r\nNEXT", ["head|NEXT", "end|NEXT"]),
        ("\r\n" + head + "\r\n\r\nNEXT", ["head|\r\nNEXT", "end|\r\nNEXT"]),
        (head + "Content-Length: 3\r\n\r\nabcNEXT", ["head|abcNEXT", "abc|NEXT", "end|NEXT"]),
        (head + "Content-Length: 3\r\n\r\nab", ["head|ab", "ab|", "more|"]),
        (
            head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\nT: u\r\n\r\nNEXT",
            [
                "head|1\r\na\r\n2;x\r\nbc\r\n0\r\nT: u\r\n\r\nNEXT", "a|\r\n2;x\r\nbc\r\n0\r\nT: u\r\n\r\nNEXT",
                "bc|\r\n0\r\nT: u\r\n\r\nNEXT", "end|NEXT",
            ]
        ),
        // A line of a chunked body is taken once it is whole.
        (head + "Transfer-Encoding: chunked\r\n\r\n1;ab", ["head|1;ab", "more|1;ab"]),
        (head + "Transfer-Encoding: chunked\r\n\r\n1;ab\r\n", ["head|1;ab\r\n", "more|"]),
        (head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r", ["head|1\r\na\r", "a|\r", "more|\r"]),
        (head + "Transfer-Encoding: chunked\r\n\r\n0\r\nT: u\r\n\r", ["head|0\r\nT: u\r\n\r", "more|\r"]),
        // What another protocol says behind the head (RFC 9110 §7.8, §9.3.6).
        (
            head + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}", ["head|\u{1}\u{2}", "end|\u{1}\u{2}"]
        ),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\u{16}\u{3}",
            ["head|\u{16}\u{3}", "end|\u{16}\u{3}"]
        ),
        // Nothing of a head that is not whole.
        ("\r\n" + head, ["more|\r\n" + head]),
    ]

    @Test(arguments: consumed) func takesItsOwnBytesAtEachStep(_ text: String, _ expected: [String]) {
        var parser = HTTP1Parser.forTests
        var input = ByteBuffer(string: text)
        for expected in expected {
            let name =
                switch parser.next(&input) {
                case .needsMore: "more"
                case .head: "head"
                case .body(let part): String(buffer: part)
                case .end: "end"
                case .failed(let failure): "\(failure)"
                }
            #expect("\(name)|\(String(buffer: input))" == expected)
        }
    }

    @Test func tellsWhenAHeadBegins() {
        var parser = HTTP1Parser.forTests
        var input = ByteBuffer()
        #expect(!parser.hasBegunHead(input))
        for (text, hasBegun) in [
            ("\r\n", false), ("\r\n\r\n", false), ("G", true), ("ET / HTTP/1.1\r\n", true), ("Host: a\r\n", true),
        ] {
            input.writeString(text)
            if case .needsMore = parser.next(&input) {} else { Issue.record("more than a part of a head") }
            #expect(parser.hasBegunHead(input) == hasBegun, "\(text)")
        }
    }

    /// What has come is part of a head only between requests.
    @Test func noHeadBeginsInABody() {
        var parser = HTTP1Parser.forTests
        var input = ByteBuffer(string: Self.head + "Content-Length: 4\r\n\r\nabcd\r\nGET")
        for hasBegun in [false, false, true] {
            _ = parser.next(&input)
            #expect(parser.hasBegunHead(input) == hasBegun)
        }
        _ = parser.next(&input)
        #expect(String(buffer: input) == "\r\nGET")
        #expect(parser.hasBegunHead(input))
        input.writeString("\n")
        guard case .failed = parser.next(&input) else {
            Issue.record("no failure")
            return
        }
        #expect(!parser.hasBegunHead(input))
    }
}
