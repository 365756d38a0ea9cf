/// The messages of a peer, in order.
///
/// It ends where the peer or this end has closed with a close frame, and throws ``WebSocketClosed`` where the connection was
/// lost or the peer broke the protocol; messages that came before are delivered first. As long as none is asked for, the socket
/// is read only until ``WebSocketSettings/receiveBuffer`` is full. One task may iterate at a time.
public struct WebSocketMessages: AsyncSequence, Sendable {
    public typealias Element = WebSocketMessage

    let mailbox: WebSocketMailbox

    public func makeAsyncIterator() -> Iterator { Iterator(mailbox: self.mailbox) }

    public struct Iterator: AsyncIteratorProtocol {
        let mailbox: WebSocketMailbox

        /// - Throws: ``WebSocketClosed``; `CancellationError` where the task was cancelled.
        public mutating func next() async throws -> WebSocketMessage? { try await self.mailbox.next() }
    }
}
