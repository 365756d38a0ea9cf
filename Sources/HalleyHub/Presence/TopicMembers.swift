/// Those who are on one topic. One of them lies inline: many topics are a single client's own.
struct TopicMembers {
    struct Entry {
        var user: String?
        /// Milliseconds since 1970.
        var since: Int64
        var connections: Int
        var lease: Lease?

        func present(_ client: ClientID) -> PresentMember {
            PresentMember(Member(client: client, user: self.user), since: self.since)
        }
    }

    /// The member is there until its end, with or without a connection.
    struct Lease: Equatable {
        /// Milliseconds of a steady clock.
        var end: Int64
        /// Whose share the lease is counted to; `nil`: nobody's.
        var address: String?
    }

    /// Most are nameless and there by one connection, and take as little as can be.
    private enum Stay {
        case plain(since: Int64)
        indirect case full(Entry)

        init(_ entry: Entry) {
            let isPlain = entry.user == nil && entry.connections == 1 && entry.lease == nil
            self = isPlain ? .plain(since: entry.since) : .full(entry)
        }

        var entry: Entry {
            switch self {
            case .plain(let since): Entry(user: nil, since: since, connections: 1, lease: nil)
            case .full(let entry): entry
            }
        }
    }

    private enum Storage {
        case one(ClientID, Stay)
        case several(MemberOrder<Stay>)

        static var none: Storage { .several(MemberOrder()) }
    }

    private var storage = Storage.none

    var count: Int {
        switch self.storage {
        case .one: 1
        case .several(let all): all.count
        }
    }

    var isEmpty: Bool { self.count == 0 }

    /// - Returns: at most `limit`, those who came first.
    func first(_ limit: Int) -> [PresentMember] {
        switch self.storage {
        case .one(let client, let stay): limit > 0 ? [stay.entry.present(client)] : []
        case .several(let all): all.first(limit).map { $0.value.entry.present($0.client) }
        }
    }

    subscript(client: ClientID) -> Entry? {
        get {
            switch self.storage {
            case .one(let own, let stay): own == client ? stay.entry : nil
            case .several(let all): all[client]?.entry
            }
        }
        set {
            if let newValue { self.put(newValue, client) } else { self.remove(client) }
        }
    }

    /// One more connection.
    /// - Parameter new: what it is where the client was not there.
    /// - Returns: whether it was not.
    mutating func enter(_ client: ClientID, _ new: Entry) -> Bool {
        guard var known = self.put(new, client) else { return true }
        known.connections += 1
        known.user = new.user ?? known.user
        self.put(known, client)
        return false
    }

    /// One connection less.
    /// - Returns: what was there, where nothing keeps it any longer.
    mutating func leave(_ client: ClientID) -> Entry? {
        guard var entry = self[client], entry.connections > 0 else { return nil }
        entry.connections -= 1
        let isLeft = entry.connections == 0 && entry.lease == nil
        self[client] = isLeft ? nil : entry
        return isLeft ? entry : nil
    }

    /// - Returns: what it was before.
    @discardableResult
    private mutating func put(_ entry: Entry, _ client: ClientID) -> Entry? {
        switch self.storage {
        case .one(client, let stay):
            self.storage = .one(client, Stay(entry))
            return stay.entry
        case .one(let other, let stay):
            var all = MemberOrder<Stay>()
            _ = all.put(stay, other)
            _ = all.put(Stay(entry), client)
            self.storage = .several(all)
            return nil
        case .several(let all) where all.count == 0:
            self.storage = .one(client, Stay(entry))
            return nil
        case .several(var all):
            // Changed in its place.
            self.storage = .none
            defer { self.storage = .several(all) }
            return all.put(Stay(entry), client)?.entry
        }
    }

    private mutating func remove(_ client: ClientID) {
        switch self.storage {
        case .one(client, _): self.storage = .none
        case .one: break
        case .several(var all):
            self.storage = .none
            all.remove(client)
            self.storage = .several(all)
        }
    }
}
