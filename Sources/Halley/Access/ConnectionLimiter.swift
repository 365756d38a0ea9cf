import NIOConcurrencyHelpers

/// Counts connections, in total and per address.
///
/// Those over a limit are told so one by one, and closed: a tenth more, and not more. They take nothing from the total, so that
/// an address over its own limit locks no other out.
final class ConnectionLimiter: Sendable {
    /// What a new connection gets. Every place but `refused` is to be given back by ``release(_:of:)``.
    enum Place: Sendable {
        case admitted
        /// Over a limit: it is told so, and closed.
        case overloaded
        /// So far over the limit that it isn't even told.
        case refused
    }

    private struct Count {
        var admitted = 0
        var overloaded = 0
    }

    private struct State {
        var all = Count()
        var byAddress: [ClientAddress: Count] = [:]
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

    func admit(_ address: ClientAddress) -> Place {
        self.state.withLockedValue { state in
            let place = self.place(for: address, state)
            self.count(place, of: address, 1, &state)
            return place
        }
    }

    func release(_ place: Place, of address: ClientAddress) {
        self.state.withLockedValue { self.count(place, of: address, -1, &$0) }
    }

    /// All that are open, also those that are about to be told.
    var count: Int { self.state.withLockedValue { $0.all.admitted + $0.all.overloaded } }
    /// How many addresses have a connection.
    var addressCount: Int { self.state.withLockedValue { $0.byAddress.count } }

    private func place(for address: ClientAddress, _ state: State) -> Place {
        let own = state.byAddress[address] ?? Count()
        let isExempt = address.isLoopback && !self.countsLoopback
        let isOverItsOwn = own.admitted >= self.perAddress && !isExempt
        if !isOverItsOwn, state.all.admitted < self.total { return .admitted }
        if state.all.overloaded >= Self.tolerance(of: self.total) { return .refused }
        return isOverItsOwn && own.overloaded >= Self.tolerance(of: self.perAddress) ? .refused : .overloaded
    }

    private static func tolerance(of limit: Int) -> Int { limit / 10 + 16 }

    private func count(_ place: Place, of address: ClientAddress, _ change: Int, _ state: inout State) {
        var own = state.byAddress[address] ?? Count()
        switch place {
        case .admitted:
            own.admitted += change
            state.all.admitted += change
        case .overloaded:
            own.overloaded += change
            state.all.overloaded += change
        case .refused: return
        }
        state.byAddress[address] = own.admitted + own.overloaded == 0 ? nil : own
    }
}
