/// Who is on which topic: whoever has a connection there, or a lease that is not over.
///
/// A value without lock and clock; times are milliseconds since 1970.
struct PresenceTable {
    enum Change: Equatable {
        case joined(Topic, PresentMember)
        case left(Topic, PresentMember)
    }

    private struct Lease {
        var topic: Topic
        var client: ClientID
    }

    /// Width of a bucket of leases, in milliseconds.
    private static let bucket: Int64 = 1000

    private let maximumLeases: Int
    private var topics: [Topic: TopicMembers] = [:]
    /// By the time of their end. A lease that was renewed is looked at again at its new end.
    private var leases: [Int64: [Lease]] = [:]
    private var nextBucket: Int64?
    private(set) var leaseCount = 0

    /// - Parameter maximumLeases: clients without a connection beyond these are not known.
    init(maximumLeases: Int = 100_000) { self.maximumLeases = maximumLeases }

    // MARK: - Who is there

    func count(on topic: Topic) -> Int { self.topics[topic]?.count ?? 0 }

    /// - Returns: at most `limit`, those who came first.
    func members(on topic: Topic, limit: Int) -> [PresentMember] {
        let all = self.topics[topic]?.all ?? []
        return Array(
            all.sorted { ($0.since, $0.member.client.value) < ($1.since, $1.member.client.value) }.prefix(limit))
    }

    // MARK: - Connections

    mutating func connect(_ member: Member, to topic: Topic, at time: Int64) -> Change? {
        let new = TopicMembers.Entry(user: member.user, since: time, connections: 1, leaseEnd: 0)
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

    /// Present until `end`, with or without a connection.
    mutating func lease(_ member: Member, on topic: Topic, at time: Int64, until end: Int64) -> Change? {
        let known = self.topics[topic]?[member.client]
        if known?.leaseEnd ?? 0 == 0 {
            guard self.leaseCount < self.maximumLeases else { return nil }
            self.leaseCount += 1
            self.file(Lease(topic: topic, client: member.client), end)
        }
        var entry = known ?? TopicMembers.Entry(user: nil, since: time, connections: 0, leaseEnd: 0)
        entry.leaseEnd = max(entry.leaseEnd, end)
        entry.user = member.user ?? entry.user
        self.topics[topic, default: TopicMembers()][member.client] = entry
        return known == nil ? .joined(topic, entry.present(member.client)) : nil
    }

    private mutating func file(_ lease: Lease, _ end: Int64) {
        // Rounded up: not before its time.
        let number = (end + Self.bucket - 1) / Self.bucket
        self.leases[number, default: []].append(lease)
        self.nextBucket = min(self.nextBucket ?? number, number)
    }

    /// Ends the leases whose time is over.
    mutating func expire(at time: Int64) -> [Change] {
        let now = time / Self.bucket
        guard let next = self.nextBucket, next <= now else { return [] }
        var changes: [Change] = []
        for number in self.leases.keys.filter({ $0 <= now }).sorted() {
            for lease in self.leases.removeValue(forKey: number) ?? [] {
                if let change = self.look(at: lease, time) { changes.append(change) }
            }
        }
        self.nextBucket = self.leases.keys.min()
        return changes
    }

    private mutating func look(at lease: Lease, _ time: Int64) -> Change? {
        guard var entry = self.topics[lease.topic]?[lease.client], entry.leaseEnd > 0 else { return nil }
        if entry.leaseEnd > time {
            self.file(lease, entry.leaseEnd)
            return nil
        }
        self.leaseCount -= 1
        entry.leaseEnd = 0
        if entry.connections == 0 { return self.remove(lease.client, entry, from: lease.topic) }
        self.topics[lease.topic]?[lease.client] = entry
        return nil
    }

    private mutating func remove(_ client: ClientID, _ entry: TopicMembers.Entry, from topic: Topic) -> Change {
        self.topics[topic]?[client] = nil
        if self.topics[topic]?.isEmpty == true { self.topics[topic] = nil }
        return .left(topic, entry.present(client))
    }
}
