import NIOCore

/// A value that is there already, or will be: most answers have nothing to wait for, and a future costs as much as the rest of
/// a small request.
enum Eventually<Value: Sendable> {
    case now(Value)
    case later(EventLoopFuture<Value>)

    func map<New: Sendable>(_ transform: @escaping @Sendable (Value) -> New) -> Eventually<New> {
        switch self {
        case .now(let value): .now(transform(value))
        case .later(let future): .later(future.map(transform))
        }
    }

    func future(on eventLoop: any EventLoop) -> EventLoopFuture<Value> {
        switch self {
        case .now(let value): eventLoop.makeSucceededFuture(value)
        case .later(let future): future.hop(to: eventLoop)
        }
    }

    /// To be called on the loop, where `body` is called too: at once, or when the value comes.
    func whenComplete(on eventLoop: any EventLoop, _ body: @escaping (Result<Value, any Error>) -> Void) {
        switch self {
        case .now(let value): body(.success(value))
        case .later(let future): future.hop(to: eventLoop).assumeIsolated().whenComplete(body)
        }
    }
}
