import NIOConcurrencyHelpers
import NIOCore

/// What whoever iterates wants of the connection: more, or its end. Called from any thread, also before there is a connection.
final class ConsumerWishes: NIOAsyncSequenceProducerDelegate {
    private enum State {
        case connecting
        case connected(any Channel)
        case ended
    }

    private let state = NIOLockedValueBox(State.connecting)

    /// - Returns: `false` where the connection is not wanted any more.
    func connected(_ channel: any Channel) -> Bool {
        self.state.withLockedValue { state in
            guard case .connecting = state else { return false }
            state = .connected(channel)
            return true
        }
    }

    func produceMore() {
        if case .connected(let channel) = self.state.withLockedValue({ $0 }) { channel.read() }
    }

    func didTerminate() {
        let state = self.state.withLockedValue { state in
            defer { state = .ended }
            return state
        }
        if case .connected(let channel) = state { channel.close(promise: nil) }
    }
}
