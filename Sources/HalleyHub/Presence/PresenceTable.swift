import DequeModule

/// Who is on which topic: whoever has a connection there, or a lease that is not over.
///
/// A value without lock and clock. Two times come in: when somebody came, which others are shown, in milliseconds since
/// 1970; and the steady one that leases end by, in milliseconds of a clock that is never set.
struct PresenceTable {
    enum Change: Equatable {
        case joined(Topic, PresentMember)
        case left(Topic, PresentMember)
    }

    private struct Place {
        var topic: Topic
        var client: ClientID
    }

    /// Width of a bucket of leases, in milliseconds.
    private static let bucket: Int64 = 1000

    private var topics: [Topic: TopicMembers] = [:]
    /// By the time of their end. A lease that was renewed is looked at again at its new end.
    private var leases: [Int64: Deque<Place>] = [:]
    private var nextBucket: Int64?
    private var leaseCounts: LeaseCount

    init(limits: LeaseLimits = LeaseLimits()) { self.leaseCounts = LeaseCount(limits) }

    // MARK: - Who is there

    var leaseCount: Int { self.leaseCounts.total }

    func count(on topic: Topic) -> Int { self.topics[topic]?.count ?? 0 }

    /// - Returns: at most `limit`, those who came first.
    func members(on topic: Topic, limit: Int) -> [PresentMember] { self.topics[topic]?.first(max(0, limit)) ?? [] }

    // MARK: - Connections

    /// - Parameter time: milliseconds since 1970.
    mutating func connect(_ member: Member, to topic: Topic, at time: Int64) -> Change? {
        let new = TopicMembers.Entry(user: member.user, since: time, connections: 1, lease: nil)
        let isNew = self.topics[topic, default: TopicMembers()].enter(member.client, new)
        return isNew ? .joined(topic, new.present(member.client)) : nil
    }

    mutating func disconnect(_ client: ClientID, from topic: Topic) -> Change? {
        guard let index = self.topics.index(forKey: topic) else { return nil }
        let left = self.topics.values[index].leave(client)
        if self.topics.values[index].isEmpty { self.topics.remove(at: index) }
        return left.map { .left(topic, $0.present(client)) }
    }

    /// Someone who is there already is known by name from now on.
    mutating func identify(_ member: Member, on topic: Topic) { self.topics[topic]?[member.client]?.user = member.user }

    // MARK: - Leases

    /// Present until the lease's end, with or without a connection.
    /// - Parameters:
    ///   - topics: each once.
    ///   - time: milliseconds since 1970.
    /// - Returns: who has come by it; `nil` where the address may not have so many leases: then nothing has changed.
    mutating func lease(
        _ member: Member, on topics: [Topic], at time: Int64, _ lease: TopicMembers.Lease
    ) -> [Change]? {
        let more = topics.count { topic in
            let known = self.topics[topic]?[member.client]?.lease
            return known.map { $0.address != lease.address } ?? true
        }
        guard self.leaseCounts.isWithinShare(more, of: lease.address) else { return nil }
        return topics.compactMap { self.lease(member, on: $0, at: time, lease) }
    }

    private mutating func lease(
        _ member: Member, on topic: Topic, at time: Int64, _ lease: TopicMembers.Lease
    ) -> Change? {
        let known = self.topics[topic]?[member.client]
        var entry = known ?? TopicMembers.Entry(user: nil, since: time, connections: 0, lease: nil)
        if let old = entry.lease {
            self.leaseCounts.remove(old.address)
            entry.lease = TopicMembers.Lease(end: max(old.end, lease.end), address: lease.address)
        } else {
            if self.leaseCounts.isFull { return nil }
            entry.lease = lease
            self.file(Place(topic: topic, client: member.client), lease.end)
        }
        self.leaseCounts.add(lease.address)
        entry.user = member.user ?? entry.user
        self.topics[topic, default: TopicMembers()][member.client] = entry
        return known == nil ? .joined(topic, entry.present(member.client)) : nil
    }

    private mutating func file(_ place: Place, _ end: Int64) {
        // Rounded up: not before its time.
        let number = end / Self.bucket + (end % Self.bucket > 0 ? 1 : 0)
        self.leases[number, default: []].append(place)
        self.nextBucket = min(self.nextBucket ?? number, number)
    }

    /// Whether there is a lease to look at.
    func isDue(at time: Int64) -> Bool { self.nextBucket.map { $0 <= time / Self.bucket } ?? false }

    /// Ends leases whose time is over.
    /// - Parameters:
    ///   - time: milliseconds of the steady clock.
    ///   - count: how many are looked at, at most.
    mutating func expire(at time: Int64, atMost count: Int = .max) -> [Change] {
        var changes: [Change] = []
        var looked = 0
        while looked < count, self.isDue(at: time), let number = self.nextBucket {
            guard let place = self.leases[number]?.popFirst() else {
                self.leases[number] = nil
                self.nextBucket = self.leases.keys.min()
                continue
            }
            looked += 1
            if let change = self.look(at: place, time) { changes.append(change) }
        }
        return changes
    }

    private mutating func look(at place: Place, _ time: Int64) -> Change? {
        guard var entry = self.topics[place.topic]?[place.client], let lease = entry.lease else { return nil }
        if lease.end > time {
            self.file(place, lease.end)
            return nil
        }
        self.leaseCounts.remove(lease.address)
        entry.lease = nil
        if entry.connections == 0 { return self.remove(place.client, entry, from: place.topic) }
        self.topics[place.topic]?[place.client] = entry
        return nil
    }

    private mutating func remove(_ client: ClientID, _ entry: TopicMembers.Entry, from topic: Topic) -> Change {
        self.topics[topic]?[client] = nil
        if self.topics[topic]?.isEmpty == true { self.topics[topic] = nil }
        return .left(topic, entry.present(client))
    }
}

extension PresenceTable.Change {
    var topic: Topic {
        switch self {
        case .joined(let topic, _), .left(let topic, _): topic
        }
    }

    var member: PresentMember {
        switch self {
        case .joined(_, let member), .left(_, let member): member
        }
    }
}
