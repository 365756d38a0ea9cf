import NIOCore
import Testing

@testable import Halley

@Suite struct HTTP1ConnectionLimitTests {
    private static func connection() async throws -> TestConnection {
        try await TestConnection {
            $0.limits.uri = 100
            $0.limits.head = 1000
            $0.limits.body = 10
        }
    }

    private static func get(_ length: Int) -> String {
        "GET /healthz?" + String(repeating: "x", count: length - 9) + " HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    typealias Case = (request: String, refusal: Refusal)

    private static let post =
        "POST /publish?topic=a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-key\r\n"
    private static let badRequest = Refusal(400, "bad_request")

    static let refused: [Case] = [
        // The address: one byte over its limit, and so long that the decoder gives up before.
        (get(101), Refusal(414, "uri_too_long")), (get(5000), Refusal(414, "uri_too_long")),
        // The headers: one that is long, and many that are short.
        (
            "GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1001) + "\r\n\r\n",
            Refusal(431, "head_too_large")
        ),
        (
            "GET /healthz HTTP/1.1\r\nHost: a\r\n" + String(repeating: "Xxxx: yyyy\r\n", count: 200) + "\r\n",
            Refusal(431, "head_too_large")
        ),
        // The body.
        (post + "Content-Length: 11\r\n\r\n", Refusal(413, "body_too_large")),
        (
            post + "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n",
            Refusal(413, "body_too_large")
        ),
        (
            post + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\nx\r\n",
            Refusal(413, "body_too_large")
        ),
        // Not HTTP/1.1 as it should be.
        ("GET /healthz HTTP/1.1\r\n\r\n", badRequest),
        ("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", Refusal(505, "version_unsupported")),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", badRequest), ("\u{16}\u{3}\u{1}\u{2}\u{0}", badRequest),
        ("hello\r\n\r\n", badRequest), ("GET  HTTP/1.1\r\n\r\n", badRequest),
        ("GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", badRequest),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n", badRequest),
        // What could smuggle a request past a proxy (RFC 9112 §11.2).
        (
            post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            badRequest
        ),
        (post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", badRequest),
        (post + "Content-Length: -1\r\n\r\n", badRequest),
        (post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", badRequest),
        (post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", badRequest),
    ]

    @Test(arguments: refused) func refusesAndEnds(_ case: Case) async throws {
        let connection = try await Self.connection()
        try await connection.send(`case`.request)
        let replies = try await connection.replies()
        #expect(replies.map(\.refusal) == [`case`.refusal])
        #expect(replies.first?.isLast == true)
        #expect(!connection.isOpen)
    }

    @Test func takesWhatIsWithinTheLimits() async throws {
        let connection = try await Self.connection()
        #expect(try await connection.exchange(Self.get(100))?.status == 200)
        let long = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 900) + "\r\n\r\n"
        #expect(try await connection.exchange(long)?.status == 200)
        #expect(try await connection.exchange(Self.post + "Content-Length: 10\r\n\r\n0123456789")?.status == 200)
        let chunked = Self.post + "Transfer-Encoding: chunked\r\n\r\n9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n"
        #expect(try await connection.exchange(chunked)?.status == 200)
    }

    // MARK: - Expect: 100-continue (RFC 9110 §10.1.1)

    private static let expecting =
        "POST /publish?topic=a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-key\r\nExpect: 100-continue\r\n"

    @Test func asksForTheBody() async throws {
        let connection = try await Self.connection()
        try await connection.send(Self.expecting + "Content-Length: 3\r\n\r\n")
        #expect(try await connection.receivedText() == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try await connection.exchange("abc")?.status == 200)
        #expect(connection.isOpen)
    }

    static let pointless: [Case] = [
        (expecting + "Content-Length: 11\r\n\r\n", Refusal(413, "body_too_large")),
        (expecting + "Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\n", Refusal(415, "encoding_unsupported")),
        (
            "POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            Refusal(404, "not_found")
        ),
        (
            "POST /ws HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            Refusal(405, "method_not_allowed")
        ),
        (
            "POST /sse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            Refusal(415, "content_type_unsupported")
        ),
        (expecting + "Origin: https://evil.test\r\nContent-Length: 3\r\n\r\n", Refusal(403, "origin_refused")),
    ]

    /// Without 100, and before the body has come.
    @Test(arguments: pointless) func doesNotAskForABodyThatItRefuses(_ case: Case) async throws {
        let connection = try await Self.connection()
        try await connection.send(`case`.request)
        #expect(try await connection.replies().map(\.refusal) == [`case`.refusal])
        #expect(!connection.isOpen)
    }
}
