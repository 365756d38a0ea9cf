import NIOCore
import Testing

@testable import HalleyWire

/// Requests that are none: each is refused, however its bytes are cut, and whatever follows.
@Suite struct HTTP1FaultTests {
    private static let line = "GET / HTTP/1.1\r\n"
    private static let host = line + "Host: a\r\n"
    private static let chunks = host + "Transfer-Encoding: chunked\r\n\r\n"

    static let faults: [(HTTP1Fault, [String])] = [
        (
            .requestLine,
            [
                "\u{16}\u{3}\u{1}\u{2}", "GET /\r\n", "GET / \r\n", "GET  / HTTP/1.1\r\n", "GET / HTTP/1.1 \r\n",
                "GET / x HTTP/1.1\r\n", " GET / HTTP/1.1\r\n", "G(T / HTTP/1.1\r\n", "GET / FTP/1.1\r\n",
                "GET / http/1.1\r\n", "GET / HTTP/1.10\r\n", "GET / HTTP/11\r\n", "GET / HTTP/1,1\r\n", "\r\n\r\n/\r\n",
                "GET\t/ HTTP/1.1\r\n", "GET /\u{1} HTTP/1.1\r\n", "GET /\u{7f} HTTP/1.1\r\n",
            ]
        ),
        (
            .target,
            [
                "GET x HTTP/1.1\r\n", "GET * HTTP/1.1\r\n", "OPTIONS *x HTTP/1.1\r\n", "GET /a#b HTTP/1.1\r\n",
                "GET ftp://a/ HTTP/1.1\r\n", "GET http:/a HTTP/1.1\r\n", "GET http:// HTTP/1.1\r\n",
                "GET http:///a HTTP/1.1\r\n", "GET http://u@a/ HTTP/1.1\r\n", "GET a:80 HTTP/1.1\r\n",
            ]
        ),
        (.targetNotEncoded, ["GET /é HTTP/1.1\r\n", "GET /?x=\u{ff} HTTP/1.1\r\n"]),
        (
            .lineEnd,
            [
                "GET / HTTP/1.1\n", line + "Host: a\n", host + "\n", host + "X: a\rb\r\n", host + "X: a\0b\r\n",
                "\nGET / HTTP/1.1\r\n", host + "X: y\r\r\n",
            ]
        ),
        (
            .fieldName,
            [
                host + "X : y\r\n", host + ": y\r\n", host + "X\r\n", host + "A b: c\r\n", host + "X[]: y\r\n",
                host + "é: y\r\n", host + "X\t: y\r\n", host + "\rX: y\r\n", host + "X\0: y\r\n",
                chunks + "0\r\nno\r\n",
            ]
        ),
        (.fieldValue, [host + "X: a\u{7}\r\n", host + "X: \u{7f}\r\n", host + "X: a\u{b}b\r\n"]),
        (
            .foldedField,
            [host + " y: z\r\n", host + "X: y\r\n\tz\r\n", line + " Host: a\r\n", chunks + "0\r\n a: b\r\n"]
        ),
        (
            .host,
            [
                line + "\r\n", line + "X: y\r\n\r\n", host + "Host: a\r\n\r\n", host + "host: b\r\n\r\n",
                line + "Host: a b\r\n", line + "Host: a/b\r\n", line + "Host: u@a\r\n", line + "Host: é\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
            ]
        ),
        (
            .contentLength,
            ["", "-1", "+1", "1 2", "5, 5", "0x5", "five", "1\r\nContent-Length: 1", "1\r\ncontent-length: 2"].map {
                host + "Content-Length: \($0)\r\n"
            }
        ),
        (
            .lengthAndCoding,
            [
                host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                host + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
            ]
        ),
        (
            .codingNotChunked,
            [
                "chunked, gzip", "identity", "xchunked", "chunked, chunked", "chunked\r\nTransfer-Encoding: chunked",
                "chunked\r\nTransfer-Encoding: gzip", "", ",", "chunked,", ",chunked", "gzip;q=\"a,chunked\"",
                "\"chunked\"", "chunked;x",
            ].map { host + "Transfer-Encoding: \($0)\r\n\r\n" }
        ),
        (
            .codingOfOldClient,
            ["GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.0\r\nTransfer-Encoding: x\r\n\r\n"]
        ),
        (
            .chunkSize,
            ["z", "\r\n", " 1\r\n", "-1\r\n", "00000000000000001\r\n", "10000000000000000\r\n", ";a\r\n"].map {
                chunks + $0
            }
        ),
        (
            .chunkExtension,
            [
                "1;\r\n", "1x\r\n", "1 \r\n", "1;a=\r\n", "1;a=\"b\r\n", "1;a=\"\\\r\n", "1;a b\r\n", "0x1\r\n",
                "1;\u{1}\r\n",
            ]
            .map { chunks + $0 }
        ),
        (.chunkEnd, ["1\r\nab", "1\r\na\r0", "2\r\nab0\r\n", "1\r\na\rx"].map { chunks + $0 }),
    ]

    @Test func knowsEachFault() {
        #expect(Set(Self.faults.map(\.0)) == Set(HTTP1Fault.allCases))
    }

    @Test(arguments: faults) func refuses(_ fault: HTTP1Fault, _ texts: [String]) {
        for text in texts {
            for pieces in Pieces.all(of: Self.bytes(text)) {
                #expect(ParsedRequests(pieces).failure == .malformed(fault), "\(text.debugDescription)")
            }
            let followed = ParsedRequests([Self.bytes(text) + Array((Self.host + "\r\n").utf8)])
            #expect(followed.failure == .malformed(fault), "\(text.debugDescription)")
        }
    }

    /// U+00FF stands for the byte, which is no UTF-8.
    private static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { $0 == "\u{ff}" ? [0xff] : Array(String($0).utf8) }
    }

    static let others: [(String, HTTP1Failure)] = [
        ("GET / HTTP/2.0\r\n", .versionUnsupported), ("GET / HTTP/1.2\r\n", .versionUnsupported),
        ("GET / HTTP/0.9\r\n", .versionUnsupported), ("GET / HTTP/3.1\r\n", .versionUnsupported),
        (host + "Transfer-Encoding: gzip, chunked\r\n\r\n", .codingUnsupported),
        (host + "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n", .codingUnsupported),
        (host + "Content-Length: 9223372036854775808\r\n\r\n", .bodyTooLarge),
        (host + "Content-Length: 18446744073709551616\r\n\r\n", .bodyTooLarge),
        (host + "Content-Length: " + String(repeating: "9", count: 300) + "\r\n\r\n", .bodyTooLarge),
    ]

    @Test(arguments: others) func refusesWhatIsNotUnderstood(_ text: String, _ failure: HTTP1Failure) {
        for pieces in Pieces.all(of: Array(text.utf8)) { #expect(ParsedRequests(pieces).failure == failure) }
    }

    @Test func saysItAgainAtEachCall() {
        var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
        var input = ByteBuffer(string: "nonsense\r\n" + Self.host + "\r\n")
        for _ in 0..<3 {
            guard case .failed(.malformed(.requestLine)) = parser.next(&input) else {
                Issue.record("something else than the failure")
                return
            }
        }
    }
}
