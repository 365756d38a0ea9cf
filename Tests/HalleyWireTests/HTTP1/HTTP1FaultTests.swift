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
                "GET / http/1.1\r\n", "GET / HTTP/1.10\r\n", "GET / HTTP/11\r\n", "GET / HTTP/1,1\r\n",
                "\r\n\r\n/\r\n", "GET\t/ HTTP/1.1\r\n", "GET /\u{1} HTTP/1.1\r\n", "GET /\u{7f} HTTP/1.1\r\n",
                "GET /\0 HTTP/1.1\r\n", "GET /\r HTTP/1.1\r\n", "GET / HTTP/1.1\r\r\n", "GET\r\n", "\0\r\n",
                "é / HTTP/1.1\r\n",
                "\rGET / HTTP/1.1\r\n", "GET /\tHTTP/1.1\r\n", "GET / HTTP/1.x\r\n", "GET / HTTP/+1.1\r\n",
                "GET /  HTTP/1.1\r\n",
            ]
        ),
        (
            .target,
            [
                "GET x HTTP/1.1\r\n", "GET * HTTP/1.1\r\n", "OPTIONS *x HTTP/1.1\r\n", "GET /a#b HTTP/1.1\r\n",
                "GET /# HTTP/1.1\r\n", "GET http://a/#b HTTP/1.1\r\n", "CONNECT a:1#b HTTP/1.1\r\n",
                "GET ftp://a/ HTTP/1.1\r\n", "GET http:/a HTTP/1.1\r\n", "GET http:// HTTP/1.1\r\n",
                "GET http:///a HTTP/1.1\r\n", "GET http://u@a/ HTTP/1.1\r\n", "GET a:80 HTTP/1.1\r\n",
                "GET http://?a HTTP/1.1\r\n", "GET http://:80/ HTTP/1.1\r\n", "GET https://:?a HTTP/1.1\r\n",
                "GET http://a\\b/ HTTP/1.1\r\n", "GET ?a HTTP/1.1\r\n",
                "options * HTTP/1.1\r\n",
                "GET http HTTP/1.1\r\n", "GET https:a HTTP/1.1\r\n",
            ]
        ),
        (
            .targetNotEncoded,
            [
                "GET /é HTTP/1.1\r\n", "GET /?x=\u{ff} HTTP/1.1\r\n", "GET http://é/ HTTP/1.1\r\n",
                "CONNECT é HTTP/1.1\r\n",
            ]
        ),
        (
            .lineEnd,
            [
                "GET / HTTP/1.1\n", line + "Host: a\n", host + "\n", host + "X: a\rb\r\n", host + "X: a\0b\r\n",
                "\nGET / HTTP/1.1\r\n", host + "X: y\r\r\n", host + "X: \r \r\n", host + "X: \0\r\n", "\r\n\nGET",
                "GET\n / HTTP/1.1\r\n",
                host + "X:\n y\r\n", chunks + "1\n", chunks + "1\r\na\n", chunks + "0\r\n\n", chunks + "0\r\nA: b\n",
                chunks + "0\r\nA: b\rc\r\n", chunks + "\n", chunks + "1;a\n",
            ]
        ),
        (
            .fieldName,
            [
                host + "X : y\r\n", host + ": y\r\n", host + "X\r\n", host + "A b: c\r\n", host + "X[]: y\r\n",
                host + "é: y\r\n", host + "X\t: y\r\n", host + "\rX: y\r\n", host + "X\0: y\r\n", host + "\r\r\n",
                line + "Host : a\r\n", host + "Content-Length : 1\r\n", host + "Transfer-Encoding\u{b}: chunked\r\n",
                host + ":\r\n", host + "X\rY: z\r\n", chunks + "0\r\nno\r\n", chunks + "0\r\n: a\r\n",
                chunks + "0\r\nA : b\r\n",
            ]
        ),
        (
            .fieldValue,
            [
                host + "X: a\u{7}\r\n", host + "X: \u{7f}\r\n", host + "X: a\u{b}b\r\n", host + "X:\u{c}\r\n",
                host + "X: a\u{1b}[1m\r\n",
                chunks + "0\r\nA: \u{1}\r\n",
            ]
        ),
        (
            .foldedField,
            [
                host + " y: z\r\n", host + "X: y\r\n\tz\r\n", line + " Host: a\r\n", host + " \r\n", host + "\t\r\n",
                chunks + "0\r\n a: b\r\n",
                chunks + "0\r\nA: b\r\n \r\n",
            ]
        ),
        (
            .host,
            [
                line + "\r\n", line + "X: y\r\n\r\n", host + "Host: a\r\n\r\n", host + "host: b\r\n\r\n",
                host + "HOST:\r\n\r\n", line + "Host: a b\r\n", line + "Host: a/b\r\n", line + "Host: u@a\r\n",
                line + "Host: é\r\n",
                line + "Host: a#\r\n", line + "Host: a?\r\n", line + "Host: http://a\r\n", line + "Host: \"a\"\r\n",
                line + "Host: a\tb\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a b\r\n",
                "GET http://a/ HTTP/1.1\r\n\r\n",
            ]
        ),
        (
            .contentLength,
            [
                "", "-1", "+1", "1 2", "5, 5", "5,5", "5,", "0x5", "five", "1.0", "1e3", "\"1\"", "1;x", "١", "-0",
                "1\r\nContent-Length: 1",
                "1\r\ncontent-length: 2", "1\r\nContent-Length:", "99999999999999999999\r\nContent-Length: 1",
            ].map { host + "Content-Length: \($0)\r\n" }
        ),
        (
            .lengthAndCoding,
            [
                host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                host + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
                host + "Transfer-Encoding: chunked\r\nContent-Length: 99999999999999999999\r\n\r\n",
                host + "Content-Length: 1\r\nTransfer-Encoding:\r\n\r\n",
                host + "Content-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\n",
                // What a tunnel's head says must be sound as well.
                "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            ]
        ),
        (
            .codingNotChunked,
            [
                "chunked, gzip", "identity", "xchunked", "chunked, chunked", "chunked\r\nTransfer-Encoding: chunked",
                "chunked\r\nTransfer-Encoding: gzip", "chunked, identity", "gzip", "", ",", "chunked,", ",chunked",
                ", chunked ,", "gzip,,chunked", "\r\nTransfer-Encoding: chunked",
                "chunked\r\nTransfer-Encoding:", "gzip;q=\"a,chunked\"",
                "\"chunked\"", "chunked;x", "chunked chunked", "chun\u{212a}ed", "chunked, gzip, chunked",
            ].map { host + "Transfer-Encoding: \($0)\r\n\r\n" }
        ),
        (
            .codingOfOldClient,
            ["chunked", "x", "", "gzip, chunked"].map { "GET / HTTP/1.0\r\nTransfer-Encoding: \($0)\r\n\r\n" }
                + ["GET / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"]
        ),
        (
            .chunkSize,
            [
                "z", "\r\n", " 1\r\n", "-1\r\n", "+1\r\n", "00000000000000001\r\n", "10000000000000000\r\n", ";a\r\n",
                "\t1\r\n", "\0",
                "1\r\na\r\nz", "1\r\na\r\n\r\n", "00000000000000001;a\r\n",
            ].map { chunks + $0 }
        ),
        (
            .chunkExtension,
            ["1;\r\n", "1x\r\n", "1 \r\n", "1;a=\r\n", "0x1\r\n", "1\t;a\r\n", "1\r\r\n", "0;\r\n"].map { chunks + $0 }
        ),
        (
            .chunkEnd,
            [
                "1\r\nab", "1\r\na\r0", "2\r\nab0\r\n", "1\r\na\rx", "1\r\na\r\r\n", "1\r\na0\r\n\r\n", "1\r\na\0",
                "2\r\nabc\n",
            ].map {
                chunks + $0
            }
        ),
    ]

    @Test func knowsEachFault() {
        #expect(Set(Self.faults.map(\.0)) == Set(HTTP1Fault.allCases))
    }

    @Test(arguments: faults) func refuses(_ fault: HTTP1Fault, _ texts: [String]) {
        for text in texts {
            for pieces in Pieces.most(of: Self.bytes(text)) {
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

    static let others: [(HTTP1Failure, [String])] = [
        (.versionUnsupported, ["2.0", "1.2", "0.9", "3.1", "1.9", "0.0", "9.9"].map { "GET / HTTP/\($0)\r\n" }),
        (
            .codingUnsupported,
            ["gzip, chunked", "x\r\nTransfer-Encoding: chunked", "identity, chunked", "gzip;q=1, br, chunked"].map {
                host + "Transfer-Encoding: \($0)\r\n\r\n"
            }
        ),
        (
            // 2^63, 2^64, and what no machine counts.
            .bodyTooLarge,
            [
                "9223372036854775808", "18446744073709551616", "18446744073709551617",
                String(repeating: "9", count: 30),
                String(repeating: "9", count: 300),
            ].map { host + "Content-Length: \($0)\r\n\r\n" }
        ),
    ]

    @Test(arguments: others) func refusesWhatIsNotUnderstood(_ failure: HTTP1Failure, _ texts: [String]) {
        for text in texts {
            for pieces in Pieces.most(of: Array(text.utf8)) { #expect(ParsedRequests(pieces).failure == failure) }
        }
    }

    /// Where a line has two faults, the failure was another one when its end came with the first of them: found by fuzzing.
    static let two: [(HTTP1Failure, String)] = [
        (.malformed(.requestLine), " GET / HTTP/1.1\n"), (.malformed(.requestLine), "\u{16}\u{3}\n"),
        (.malformed(.requestLine), "\r\n(\n"), (.malformed(.chunkSize), chunks + "z\n"),
        (.malformed(.chunkSize), chunks + "\r\r\n"), (.malformed(.chunkEnd), chunks + "1\r\nax\n"),
        (.malformed(.chunkEnd), chunks + "1\r\na\rx\n"),
    ]

    @Test(arguments: two) func ofTwoFaultsTheFirstIsTold(_ failure: HTTP1Failure, _ text: String) {
        for pieces in Pieces.most(of: Array(text.utf8)) { #expect(ParsedRequests(pieces).failure == failure) }
    }

    /// A parser that has failed says so at each call, takes nothing more, and nothing changes its mind.
    @Test(arguments: faults.map { ($0.1[0], HTTP1Failure.malformed($0.0)) } + others.map { ($0.1[0], $0.0) })
    func saysItAgainAtEachCall(_ text: String, _ failure: HTTP1Failure) {
        var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
        var input = ByteBuffer(bytes: Self.bytes(text) + Array((Self.host + "\r\n").utf8))
        var last: HTTP1Failure?
        while last == nil {
            if case .failed(let failure) = parser.next(&input) { last = failure }
        }
        #expect(last == failure)
        let rest = input
        for _ in 0..<3 {
            guard case .failed(failure) = parser.next(&input) else {
                Issue.record("something else than the failure")
                return
            }
            #expect(input == rest)
            let isDropped = parser.dropBody(atMost: 100)
            #expect(!isDropped && parser.missingBody == 0 && !parser.hasBegunHead(input))
        }
        input = ByteBuffer()
        guard case .failed(failure) = parser.next(&input) else {
            Issue.record("something else than the failure")
            return
        }
    }
}
