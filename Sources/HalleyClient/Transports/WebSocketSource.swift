import NIOCore

/// WebSocket.
struct WebSocketSource: ServerSource {
    private var parts: ServerParts.AsyncIterator

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) {
        // With the hello there are heartbeats.
        self.parts = client.open("/ws", topics, cursor: cursor, [("hello", "1")], .webSocket())
    }

    mutating func next() async throws -> [ServerWord]? {
        switch try await self.parts.next() {
        case .data(let message): ServerWord(object: message).map { [$0] } ?? []
        case .closed(let code, let reason): [.end(ServerEnd(code: code, reason: reason))]
        case .opened: []
        case nil: nil
        }
    }
}
