package import NIOCore

/// Writes `text/event-stream` (WHATWG HTML, "Server-sent events").
extension ByteBuffer {
    /// - Parameter value: without line ends.
    package mutating func writeEventStreamField(_ name: StaticString, _ value: String) {
        self.writeStaticString(name)
        self.writeStaticString(": ")
        self.writeString(value)
        self.writeInteger(UInt8(ascii: "\n"))
    }

    /// Data over as many lines as it has: a CR, LF or CRLF inside it must not begin a field of its own.
    package mutating func writeEventStreamData(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while true {
            let end = bytes[start...].firstIndex { $0 == 0x0a || $0 == 0x0d } ?? bytes.count
            self.writeStaticString("data: ")
            self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            self.writeInteger(UInt8(ascii: "\n"))
            if end == bytes.count { return }
            let isPair = bytes[end] == 0x0d && end + 1 < bytes.count && bytes[end + 1] == 0x0a
            start = end + (isPair ? 2 : 1)
        }
    }
}
