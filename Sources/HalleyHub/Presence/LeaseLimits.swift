/// How many leases there may be: a client that polls takes one for each topic that it polls.
public struct LeaseLimits: Sendable {
    /// Over all addresses; clients beyond them are not known to be there.
    public var total: Int
    /// Of one address; it is refused more.
    public var perAddress: Int

    public init(total: Int = 100_000, perAddress: Int = 5_000) {
        self.total = total
        self.perAddress = perAddress
    }
}

/// Counts leases, in total and for each address.
struct LeaseCount {
    private let limits: LeaseLimits
    private(set) var total = 0
    private var byAddress: [String: Int] = [:]

    init(_ limits: LeaseLimits) { self.limits = limits }

    var isFull: Bool { self.total >= self.limits.total }

    /// - Parameter address: `nil` for one whose leases are not counted.
    func isWithinShare(_ more: Int, of address: String?) -> Bool {
        guard let address, more > 0 else { return true }
        return self.byAddress[address, default: 0] + more <= self.limits.perAddress
    }

    mutating func add(_ address: String?) {
        self.total += 1
        if let address { self.byAddress[address, default: 0] += 1 }
    }

    mutating func remove(_ address: String?) {
        self.total -= 1
        guard let address, let own = self.byAddress[address] else { return }
        self.byAddress[address] = own > 1 ? own - 1 : nil
    }
}
