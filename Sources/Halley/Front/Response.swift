import HalleyHub
import NIOCore
import NIOHTTP1

/// One whole answer.
struct Response: Sendable {
    var status: HTTPResponseStatus
    var headers: [(String, String)]
    var body: ByteBuffer
    /// The answer to a HEAD may have the headers of an endless GET: then it has no length (RFC 9112 §6.2).
    var hasLength = true

    init(_ status: HTTPResponseStatus, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ status: HTTPResponseStatus = .ok, json: ByteBuffer, headers: [(String, String)] = []) {
        self.init(
            status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")] + headers, body: json
        )
    }

    init(_ status: HTTPResponseStatus = .ok, text: String) {
        self.init(
            status, headers: [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")],
            body: ByteBuffer(string: text))
    }
}

/// The beginning of an answer whose body is pulled.
struct ResponseHead: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: [(String, String)]
    /// Bytes that the body will have, where that is known.
    var length: Int?
}
