import NIOConcurrencyHelpers
import NIOCore

/// A value that is there already, or will be, or why there is none: most answers have nothing to wait for, and a future costs as
/// much as the rest of a small request.
enum Eventually<Value: Sendable> {
    case now(Value)
    case failed(any Error)
    case later(EventLoopFuture<Value>)

    /// Of work that answers by a callback, maybe within the call.
    static func calling(
        on eventLoop: any EventLoop, _ work: (@escaping @Sendable (Result<Value, any Error>) -> Void) -> Void
    ) -> Eventually {
        let answer = EarlyAnswer<Value>()
        work { answer.deliver($0) }
        switch answer.take(on: eventLoop) {
        case .delivered(.success(let value)): return .now(value)
        case .delivered(.failure(let error)): return .failed(error)
        case .awaited(let promise): return .later(promise.futureResult)
        }
    }

    func map<New: Sendable>(_ transform: @escaping @Sendable (Value) -> New) -> Eventually<New> {
        switch self {
        case .now(let value): .now(transform(value))
        case .failed(let error): .failed(error)
        case .later(let future): .later(future.map(transform))
        }
    }

    /// To be called on the loop, where `transform` is called too: at once, or when the value comes.
    func flatMap<New: Sendable>(
        on eventLoop: any EventLoop, _ transform: @escaping @Sendable (Value) -> Eventually<New>
    ) -> Eventually<New> {
        switch self {
        case .now(let value): transform(value)
        case .failed(let error): .failed(error)
        case .later(let future):
            .later(future.hop(to: eventLoop).flatMap { transform($0).future(on: eventLoop) })
        }
    }

    func mapError(_ transform: @escaping @Sendable (any Error) -> any Error) -> Eventually {
        switch self {
        case .now: self
        case .failed(let error): .failed(transform(error))
        case .later(let future): .later(future.flatMapErrorThrowing { throw transform($0) })
        }
    }

    func future(on eventLoop: any EventLoop) -> EventLoopFuture<Value> {
        switch self {
        case .now(let value): eventLoop.makeSucceededFuture(value)
        case .failed(let error): eventLoop.makeFailedFuture(error)
        case .later(let future): future.hop(to: eventLoop)
        }
    }

    /// To be called on the loop, where `body` is called too: at once, or when the value comes.
    func whenComplete(on eventLoop: any EventLoop, _ body: @escaping (Result<Value, any Error>) -> Void) {
        switch self {
        case .now(let value): body(.success(value))
        case .failed(let error): body(.failure(error))
        case .later(let future): future.hop(to: eventLoop).assumeIsolated().whenComplete(body)
        }
    }
}

/// Where an answer lies that came before it was waited for.
private final class EarlyAnswer<Value: Sendable>: Sendable {
    enum State {
        case open
        case delivered(Result<Value, any Error>)
        case awaited(EventLoopPromise<Value>)
    }

    enum Taken {
        case delivered(Result<Value, any Error>)
        case awaited(EventLoopPromise<Value>)
    }

    private let state = NIOLockedValueBox(State.open)

    func deliver(_ result: Result<Value, any Error>) {
        let promise: EventLoopPromise<Value>? = self.state.withLockedValue { state in
            if case .awaited(let promise) = state { return promise }
            state = .delivered(result)
            return nil
        }
        promise?.completeWith(result)
    }

    func take(on eventLoop: any EventLoop) -> Taken {
        self.state.withLockedValue { state in
            if case .delivered(let result) = state { return .delivered(result) }
            let promise = eventLoop.makePromise(of: Value.self)
            state = .awaited(promise)
            return .awaited(promise)
        }
    }
}
