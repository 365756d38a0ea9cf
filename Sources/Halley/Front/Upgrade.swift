import NIOCore

/// How a connection goes on in another protocol than HTTP, and not as a push.
struct Upgrade: Sendable {
    /// Of the answer, which is 101.
    let headers: [(String, String)]
    /// Makes the channel handlers that take over.
    let handlers: @Sendable (LoopContext) -> [any ChannelHandler]

    init(headers: [(String, String)], handlers: @escaping @Sendable (LoopContext) -> [any ChannelHandler]) {
        self.headers = headers
        self.handlers = handlers
    }
}
