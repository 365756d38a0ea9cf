public import NIOCore

/// One message of a WebSocket (RFC 6455 §5.6), whole, uncompressed and unmasked.
public enum WebSocketMessage: Sendable, Equatable {
    case text(String)
    case binary(ByteBuffer)

    /// How many bytes it has.
    public var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.readableBytes
        }
    }

    /// What it takes of a buffer's limit: an empty one takes room too.
    var weight: Int { self.count + 64 }
}
