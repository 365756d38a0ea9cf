import HalleyWire
import NIOCore

/// How the body of an endless answer is framed: HTTP/1.1 clients get chunks, HTTP/1.0 clients the bare bytes and the end of
/// the connection.
struct BodyFraming: Sendable {
    let isChunked: Bool

    init(_ request: RequestHead) { self.isChunked = request.knowsChunks }
    init(isChunked: Bool) { self.isChunked = isChunked }

    var identity: String { self.isChunked ? " chunked" : "" }

    var headers: [(String, String)] { self.isChunked ? [("Transfer-Encoding", "chunked")] : [("Connection", "close")] }

    func write(into buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        if self.isChunked { buffer.writeHTTPChunk(body) } else { body(&buffer) }
    }

    func write(_ part: ByteBuffer, into buffer: inout ByteBuffer) {
        self.write(into: &buffer) { $0.writeImmutableBuffer(part) }
    }

    func writeEnd(into buffer: inout ByteBuffer) {
        if self.isChunked { buffer.writeLastHTTPChunk() }
    }
}
