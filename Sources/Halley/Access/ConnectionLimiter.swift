import NIOConcurrencyHelpers

/// Counts connections, in total and per address.
final class ConnectionLimiter: Sendable {
    enum Verdict {
        case admitted
        /// Over a limit: it is told so, and closed.
        case overloaded
        /// So far over the limit that it isn't even told.
        case refused
    }

    private struct State {
        var total = 0
        var byAddress: [ClientAddress: Int] = [:]
    }

    private let total: Int
    private let perAddress: Int
    private let countsLoopback: Bool
    private let state = NIOLockedValueBox(State())

    init(total: Int, perAddress: Int, countsLoopback: Bool) {
        self.total = total
        self.perAddress = perAddress
        self.countsLoopback = countsLoopback
    }

    /// Every answer but `refused` is to be given back by ``release(_:)``.
    func admit(_ address: ClientAddress) -> Verdict {
        self.state.withLockedValue { state in
            // Those over the limit are told so one by one: a tenth more, and not more.
            if state.total >= self.total + self.total / 10 + 16 { return .refused }
            state.total += 1
            let own = state.byAddress[address, default: 0] + 1
            state.byAddress[address] = own
            let isExempt = address.isLoopback && !self.countsLoopback
            return state.total > self.total || (own > self.perAddress && !isExempt) ? .overloaded : .admitted
        }
    }

    func release(_ address: ClientAddress) {
        self.state.withLockedValue { state in
            state.total -= 1
            let own = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = own == 0 ? nil : own
        }
    }

    var count: Int { self.state.withLockedValue { $0.total } }
}
