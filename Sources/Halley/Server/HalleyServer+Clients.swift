public import HalleyHub
import NIOCore

/// What a program does to its clients from outside: each is one hop to every loop.
extension HalleyServer {
    /// Ends every stream of a client.
    /// - Parameter client: its id, as presence shows it.
    /// - Returns: how many streams it had.
    @discardableResult
    public func disconnect(_ client: ClientID, reason: CloseReason = .notAllowed) async throws -> Int {
        try await self.onStreams(of: client) { $0.finish(reason) }
    }

    /// Takes topics from a client, as far as it has them. A stream that has none left is ended, but for a WebSocket that speaks
    /// `halley.v1`, which is told.
    /// - Returns: how many streams it had.
    @discardableResult
    public func unsubscribe(_ client: ClientID, from topics: [Topic]) async throws -> Int {
        try await self.onStreams(of: client) { $0.remove(topics) }
    }

    /// Says anew until when a client may have what it has.
    /// - Parameter expires: milliseconds since 1970; `nil`: as long as it likes.
    /// - Returns: how many streams it had.
    @discardableResult
    public func refresh(_ client: ClientID, expires: Int64?) async throws -> Int {
        try await self.onStreams(of: client) { $0.setExpiry(Expiry.deadline(of: expires)) }
    }

    private func onStreams(
        of client: ClientID, _ body: @escaping @Sendable (PushStream) -> Void
    ) async throws -> Int {
        try await self.context(
            onEachLoop: { loop in
                let streams = loop.directory.streams(of: client, among: loop.connections)
                for stream in streams { body(stream) }
                return streams.count
            }
        ).reduce(0, +)
    }
}
