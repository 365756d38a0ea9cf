import DequeModule
import HalleyHub
import NIOCore

/// A key that makes a repeat safe (`Idempotency-Key`), of whoever gave it: the same text of another client is another key.
struct IdempotencyKey: Hashable, Sendable {
    /// Whose it is: what the client showed, as far as it showed anything.
    enum Scope: Hashable, Sendable {
        case key
        case user(String)
        case token(String)
        case address(String)

        init(_ principal: Principal) {
            self =
                switch principal.identity {
                case .key: .key
                case .user(let name): .user(name)
                case .anonymous: principal.token.map(Scope.token) ?? .address(principal.address)
                }
        }
    }

    /// At whose cost it is remembered. A token that nobody knows is no owner: it could be made up anew for each key.
    enum Owner: Hashable, Sendable {
        case key
        case user(String)
        case address(String)
        /// All clients of this machine, among them those of a reverse proxy.
        case local

        /// - Parameter countsLocal: whether the addresses of this machine are addresses like all others.
        init(_ principal: Principal, countsLocal: Bool) {
            self =
                switch principal.identity {
                case .key: .key
                case .user(let name): .user(name)
                case .anonymous where principal.credentials.isLocal && !countsLocal: .local
                case .anonymous: .address(principal.address)
                }
        }
    }

    var scope: Scope
    var text: String
}

/// Which ids were given to what was published with a key: a value, without clock or lock.
///
/// What is younger than its lifetime is never forgotten: who has too many keys gets no new ones.
struct IdempotencyRecords<Waiter: Sendable>: Sendable {
    /// How many keys are remembered.
    struct Limits: Sendable {
        /// All together.
        var all = 100_000
        /// Of all but the API key's holder.
        var others = 90_000
        /// Of all that are nobody that is known.
        var anonymous = 50_000
        /// Of one user or address.
        var owner = 10_000
    }

    enum Verdict {
        /// To be published now, and then ``finish(_:_:at:)``.
        case first
        case answered([Cursor])
        /// It is being published: the waiter hears of it.
        case waits
        /// The key was used for another content.
        case reused
        /// No new keys for this owner before so long a time.
        case full(TimeAmount)
    }

    private struct Record: Sendable {
        enum State: Sendable {
            case underWay([Waiter])
            case done([Cursor])
        }

        let print: ContentPrint
        let owner: IdempotencyKey.Owner
        var state: State
    }

    private let lifetime: TimeAmount
    private let limits: Limits
    private var records: [IdempotencyKey: Record] = [:]
    /// Those that are done, oldest first.
    private var ends: Deque<(key: IdempotencyKey, time: NIODeadline)> = []
    private var counts: [IdempotencyKey.Owner: Int] = [:]
    private var others = 0
    private var anonymous = 0

    init(lifetime: TimeAmount, limits: Limits) {
        self.lifetime = lifetime
        self.limits = limits
    }

    var count: Int { self.records.count }
    /// How many owners have any.
    var ownerCount: Int { self.counts.count }

    mutating func claim(
        _ key: IdempotencyKey, of owner: IdempotencyKey.Owner, _ print: ContentPrint, waiter: Waiter,
        at now: NIODeadline
    ) -> Verdict {
        self.expire(at: now)
        guard var record = self.records[key] else {
            if self.isFull(for: owner) { return .full(self.ends.first.map { $0.time - now } ?? .seconds(1)) }
            self.records[key] = Record(print: print, owner: owner, state: .underWay([]))
            self.count(owner, 1)
            return .first
        }
        if record.print != print { return .reused }
        switch record.state {
        case .done(let ids): return .answered(ids)
        case .underWay(let waiters):
            record.state = .underWay(waiters + [waiter])
            self.records[key] = record
            return .waits
        }
    }

    /// A failure is not kept: the next try is a first one.
    /// - Returns: who has waited.
    mutating func finish(_ key: IdempotencyKey, _ ids: [Cursor]?, at now: NIODeadline) -> [Waiter] {
        guard var record = self.records[key], case .underWay(let waiters) = record.state else { return [] }
        if let ids {
            record.state = .done(ids)
            self.records[key] = record
            self.ends.append((key, now + self.lifetime))
        } else {
            self.records[key] = nil
            self.count(record.owner, -1)
        }
        return waiters
    }

    mutating func expire(at now: NIODeadline) {
        while let first = self.ends.first, first.time <= now {
            self.ends.removeFirst()
            if let record = self.records.removeValue(forKey: first.key) { self.count(record.owner, -1) }
        }
    }

    private func isFull(for owner: IdempotencyKey.Owner) -> Bool {
        if self.records.count >= self.limits.all { return true }
        if owner == .key { return false }
        if self.others >= self.limits.others { return true }
        if owner.isAnonymous, self.anonymous >= self.limits.anonymous { return true }
        if owner == .local { return false }
        return self.counts[owner, default: 0] >= self.limits.owner
    }

    private mutating func count(_ owner: IdempotencyKey.Owner, _ change: Int) {
        let count = self.counts[owner, default: 0] + change
        self.counts[owner] = count == 0 ? nil : count
        if owner != .key { self.others += change }
        if owner.isAnonymous { self.anonymous += change }
    }
}

extension IdempotencyKey.Owner {
    var isAnonymous: Bool {
        switch self {
        case .key, .user: false
        case .address, .local: true
        }
    }
}
