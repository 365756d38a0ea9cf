import NIOConcurrencyHelpers
import NIOCore

@testable import HalleyClient

/// A client's clock that a test moves on.
final class HandClock: Sendable {
    private struct State {
        var passed = TimeAmount.zero
        /// What happens each time that the clock is looked at.
        var step = TimeAmount.zero
    }

    private let state = NIOLockedValueBox(State())

    func advance(by time: TimeAmount) { self.state.withLockedValue { $0.passed = $0.passed + time } }

    /// Lets that time pass between each two looks at the clock, from now on.
    func advanceWhileWaiting(by time: TimeAmount) { self.state.withLockedValue { $0.step = time } }

    /// Makes a client go by it.
    func set(in settings: inout ClientSettings) {
        settings.look = .milliseconds(10)
        settings.uptime = { self.uptime }
        settings.expire = { limit in
            let end = self.uptime + TimeAmount(limit)
            while self.uptime < end { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    private var uptime: NIODeadline {
        self.state.withLockedValue { state in
            state.passed = state.passed + state.step
            return .uptimeNanoseconds(0) + state.passed
        }
    }
}
