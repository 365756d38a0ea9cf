public import NIOCore

/// A WebSocket of an endpoint (RFC 6455), opened.
///
/// It may be used from any task and thread. Whoever holds it may send and close; only one task may read ``messages``.
public final class WebSocket: Sendable {
    /// The request that opened it: path, query, headers.
    public let request: WebSocketRequest
    /// The subprotocol that was agreed on; `nil` where the client named none that the endpoint speaks.
    public let subprotocol: String?
    private let mailbox: WebSocketMailbox

    init(request: WebSocketRequest, subprotocol: String?, mailbox: WebSocketMailbox) {
        self.request = request
        self.subprotocol = subprotocol
        self.mailbox = mailbox
    }

    /// The page that opened it, where the client is a browser.
    public var origin: String? { self.request.origin }

    /// The other end of the TCP connection; that of the reverse proxy where there is one.
    public var remoteAddress: SocketAddress? { self.request.remoteAddress }

    /// What the peer says. Pings are answered without it.
    public var messages: WebSocketMessages { WebSocketMessages(mailbox: self.mailbox) }

    /// How it has ended; `nil` as long as it is open.
    public var closed: WebSocketClosed? { self.mailbox.closed }

    /// Sends a message after those that were sent before. Suspends while ``WebSocketSettings/sendBuffer`` bytes or more wait
    /// for the peer; that it returns does not mean that the peer has got the message.
    /// - Throws: ``WebSocketClosed`` where it is closed; `CancellationError` where the task was cancelled while it was
    ///   suspended: the message is not sent then.
    public func send(_ message: WebSocketMessage) async throws { try await self.mailbox.send(message) }

    /// Sends a text message.
    public func send(_ text: String) async throws { try await self.send(.text(text)) }

    /// Sends a binary message.
    public func send(_ bytes: ByteBuffer) async throws { try await self.send(.binary(bytes)) }

    /// Closes after what was sent before, and ends ``messages`` when the peer has answered. Does nothing where it is closed.
    /// - Parameters:
    ///   - code: 1000…1003, 1007…1014 or 3000…4999 (RFC 6455 §7.4); others are not allowed in a close frame.
    ///   - reason: at most 123 bytes of UTF-8; what is longer is cut at a character's end.
    public func close(_ code: Int = 1000, _ reason: String = "") {
        precondition(
            WebSocketCloseFrame.isAllowed(code),
            "a WebSocket can't be closed with \(code); 3000 to 4999 are an application's own")
        self.mailbox.close(WebSocketCloseFrame(UInt16(code), reason))
    }
}
