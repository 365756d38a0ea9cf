import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct ResponseTests {
    typealias Writing = (status: HTTPResponseStatus, keepAlive: Bool?, withoutBody: Bool, text: String)

    /// RFC 9112 §6.3: 204 and 304 have no body and need no length; HEAD says the length that GET would have.
    static let writings: [Writing] = [
        (.ok, nil, false, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\n\r\nbody"),
        (.ok, true, false, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody"),
        (.ok, false, false, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"),
        (.ok, nil, true, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\n\r\n"),
        (.ok, false, true, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"),
        (.noContent, nil, false, "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"),
        (.noContent, false, true, "HTTP/1.1 204 No Content\r\nA: b\r\nConnection: close\r\n\r\n"),
        (.notModified, true, false, "HTTP/1.1 304 Not Modified\r\nA: b\r\nConnection: keep-alive\r\n\r\n"),
        (.notFound, nil, false, "HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 4\r\n\r\nbody"),
    ]

    @Test(arguments: writings) func isWritten(_ writing: Writing) {
        var buffer = ByteBuffer()
        let response = Response(writing.status, headers: [("A", "b")], body: ByteBuffer(string: "body"))
        buffer.writeResponse(response, keepAlive: writing.keepAlive, withoutBody: writing.withoutBody)
        #expect(String(buffer: buffer) == writing.text)
    }

    /// A client that keeps the connection must know that nothing comes.
    @Test func saysThatItIsEmpty() {
        var buffer = ByteBuffer()
        buffer.writeResponse(Response(.ok), keepAlive: nil, withoutBody: false)
        #expect(String(buffer: buffer) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    }

    /// RFC 9112 §6.2: where a GET would bring a body without end, there is no length to say.
    @Test func saysNoLengthOfAStream() {
        var response = Response(.ok, headers: [("Transfer-Encoding", "chunked")])
        response.hasLength = false
        var buffer = ByteBuffer()
        buffer.writeResponse(response, keepAlive: nil, withoutBody: true)
        #expect(String(buffer: buffer) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test func isNeverCached() {
        let headers = [Response(json: ByteBuffer(string: "{}")), Response(text: "ok")].map {
            $0.headers.map { "\($0.0): \($0.1)" }
        }
        #expect(
            headers == [
                ["Content-Type: application/json", "Cache-Control: no-store"],
                ["Content-Type: text/plain; charset=utf-8", "Cache-Control: no-store"],
            ])
    }

    /// `docs/protocol.md` §8.
    @Test func refusesWithAJSONBody() {
        let error = RequestError(
            .badRequest, "topic_missing", "Name a “topic”:\n\"x\"", headers: [("Retry-After", "1")])
        #expect(
            String(buffer: error.response.body)
                == #"{"error":{"code":"topic_missing","message":"Name a “topic”:\n\"x\""}}"# + "\n")
        #expect(error.response.status == .badRequest)
        #expect(
            error.response.headers.map { "\($0.0): \($0.1)" } == [
                "Content-Type: application/json", "Cache-Control: no-store", "Retry-After: 1",
            ])
    }
}
