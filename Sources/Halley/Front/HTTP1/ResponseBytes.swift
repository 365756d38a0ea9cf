import HalleyHub
import NIOCore
import NIOHTTP1

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
