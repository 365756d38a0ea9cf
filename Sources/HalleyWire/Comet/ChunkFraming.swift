package import NIOCore

extension ByteBuffer {
    /// Writes what `body` writes as one chunk of a chunked HTTP/1.1 body (RFC 9112 §7.1), so that it needs no encoder.
    package mutating func writeHTTPChunk(_ body: (inout ByteBuffer) -> Void) {
        var payload = ByteBuffer()
        body(&payload)
        // An empty chunk would end the body.
        if payload.readableBytes == 0 { return }
        self.reserveCapacity(minimumWritableBytes: payload.readableBytes + 12)
        self.writeString(String(payload.readableBytes, radix: 16))
        self.writeStaticString("\r\n")
        self.writeBuffer(&payload)
        self.writeStaticString("\r\n")
    }

    /// The end of a chunked body.
    package mutating func writeLastHTTPChunk() { self.writeStaticString("0\r\n\r\n") }
}
