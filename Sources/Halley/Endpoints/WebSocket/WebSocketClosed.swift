/// How a WebSocket has ended.
///
/// It is thrown by ``WebSocket/send(_:)-swift.method`` where nothing can be sent any more, and by ``WebSocket/messages`` where the
/// connection did not end with a close frame of the peer or of the endpoint.
public struct WebSocketClosed: Error, Sendable, Equatable, CustomStringConvertible {
    /// The code of the close frame (RFC 6455 §7.4). 1005: there was none in it; 1006: the connection was lost without one.
    public let code: Int
    /// The text of the close frame.
    public let reason: String
    /// Whether the peer closed, or this end.
    public let isByPeer: Bool

    init(_ code: UInt16, _ reason: String, isByPeer: Bool) {
        self.code = Int(code)
        self.reason = reason
        self.isByPeer = isByPeer
    }

    public var description: String {
        "The WebSocket was closed by \(self.isByPeer ? "the peer" : "this end") with \(self.code)"
            + (self.reason.isEmpty ? "." : ": \(self.reason)")
    }

    static let lost = WebSocketClosed(1006, "connection lost", isByPeer: true)
}
