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

extension ByteBuffer {
    /// Writes the status line and the headers, the empty line included.
    mutating func writeResponseHead(_ status: HTTPResponseStatus, _ headers: [(String, String)]...) {
        self.writeStatusLine(status)
        for headers in headers { self.writeHeaders(headers) }
        self.writeStaticString("\r\n")
    }

    /// Writes a whole answer.
    /// - Parameters:
    ///   - more: headers besides its own.
    ///   - withoutBody: for HEAD: the headers say what a GET would bring.
    mutating func writeResponse(
        _ response: Response, more: [(String, String)] = [], keepAlive: Bool?, withoutBody: Bool
    ) {
        self.writeStatusLine(response.status)
        self.writeHeaders(response.headers)
        self.writeHeaders(more)
        let hasBody = response.status != .noContent && response.status != .notModified
        if hasBody && response.hasLength {
            self.writeStaticString("Content-Length: ")
            self.writeDecimal(UInt64(response.body.readableBytes))
            self.writeStaticString("\r\n")
        }
        if let keepAlive {
            self.writeStaticString(keepAlive ? "Connection: keep-alive\r\n" : "Connection: close\r\n")
        }
        self.writeStaticString("\r\n")
        if hasBody && !withoutBody { self.writeImmutableBuffer(response.body) }
    }

    private mutating func writeStatusLine(_ status: HTTPResponseStatus) {
        self.writeStaticString("HTTP/1.1 ")
        self.writeDecimal(UInt64(status.code))
        self.writeStaticString(" ")
        self.writeString(status.reasonPhrase)
        self.writeStaticString("\r\n")
    }

    private mutating func writeHeaders(_ headers: [(String, String)]) {
        for (name, value) in headers {
            self.writeString(name)
            self.writeStaticString(": ")
            self.writeString(value)
            self.writeStaticString("\r\n")
        }
    }
}
