import NIOCore

/// Watches for the beginning of a head, and whether its first line is longer than an address may be: NIO's decoder only
/// says that the head is too large.
final class RequestLineMeter {
    /// Bytes of the line so far.
    private(set) var length = 0
    private var isInLine = true
    /// Called when the first bytes of a head arrive.
    var headBegan: (() -> Void)?

    func reset() {
        self.length = 0
        self.isInLine = true
    }

    /// - Parameter bytes: what has come since the last time.
    func measure(_ bytes: ByteBufferView) {
        guard self.isInLine else { return }
        // RFC 9112 §2.2: empty lines before a request are no part of it.
        let line = self.length > 0 ? bytes : bytes.drop { $0 == 0x0d || $0 == 0x0a }
        if line.isEmpty { return }
        if self.length == 0 { self.headBegan?() }
        let end = line.firstIndex(of: UInt8(ascii: "\n"))
        self.length += end.map { $0 - line.startIndex } ?? line.count
        self.isInLine = end == nil
    }
}
