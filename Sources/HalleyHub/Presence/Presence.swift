import HalleyWire
import NIOConcurrencyHelpers
import NIOCore

/// Who is on the hub's topics. Thread-safe.
///
/// Where a topic's rule says ``PresencePolicy/announce``, coming and going are publications of that topic, in the order in
/// which they happened: `halley:join` and `halley:leave`, with the member as JSON. A topic has so many of them in a second
/// at most (see ``Announcements``), and they take no place in its history from others.
public final class Presence: Sendable {
    private struct State {
        var table: PresenceTable
        var announcements = Announcements()
        /// One thread at a time publishes them, so that they keep their order.
        var isAnnouncing = false
    }

    /// So many are published, ended or looked at in one hold of a lock: others wait for as long.
    private static let maximumBatch = 100

    private let state: NIOLockedValueBox<State>
    private let rules: TopicRules
    private let engine: any Engine
    private let clock: @Sendable () -> LogTime

    package init(
        rules: TopicRules, engine: any Engine, leases: LeaseLimits = LeaseLimits(),
        clock: @escaping @Sendable () -> LogTime = LogTime.now
    ) {
        self.state = NIOLockedValueBox(State(table: PresenceTable(limits: leases)))
        self.rules = rules
        self.engine = engine
        self.clock = clock
    }

    // MARK: - Who is there

    /// - Parameter limit: how many members come at most, those who came first.
    /// - Returns: some of the members, and how many there are.
    public func members(on topic: Topic, limit: Int = 1000) -> (members: [PresentMember], count: Int) {
        self.state.withLockedValue { ($0.table.members(on: topic, limit: limit), $0.table.count(on: topic)) }
    }

    /// Members that are there by a lease, over all topics.
    public var leaseCount: Int { self.state.withLockedValue { $0.table.leaseCount } }

    /// Comings and goings that were not announced, as too many of their topic waited.
    public var droppedAnnouncements: Int { self.state.withLockedValue { $0.announcements.dropped } }

    // MARK: - Coming and going

    /// A connection of the member takes topics.
    package func connect(_ member: Member, to topics: [Topic]) {
        self.change(topics) { $0.connect(member, to: $1, at: $2.wall) }
    }

    /// A connection of the member has given up topics that it had taken.
    package func disconnect(_ member: Member, from topics: [Topic]) {
        self.change(topics) { table, topic, _ in table.disconnect(member.client, from: topic) }
    }

    /// The member's user is known by now.
    package func identify(_ member: Member, on topics: [Topic]) {
        self.change(topics) { table, topic, _ in
            table.identify(member, on: topic)
            return nil
        }
    }

    /// The member is there for some time, with or without a connection.
    /// - Parameters:
    ///   - time: milliseconds.
    ///   - address: whose share the leases are counted to; `nil`: nobody's.
    /// - Returns: `false` where the address would have more leases than its share: then nothing has changed.
    package func lease(_ member: Member, on topics: [Topic], for time: Int64, by address: String?) -> Bool {
        let now = self.clock()
        let known = topics.uniqued().filter { self.rules.presence(of: $0) != .off }
        let (isAllowed, isFirst) = self.state.withLockedValue { state in
            let lease = TopicMembers.Lease(end: now.steady.saturatingAdd(time), address: address)
            guard let changes = state.table.lease(member, on: known, at: now.wall, lease) else { return (false, false) }
            return (true, self.note(changes, in: &state, at: now.steady))
        }
        if isFirst { self.announce() }
        return isAllowed
    }

    private func change(
        _ topics: [Topic], _ body: (inout PresenceTable, Topic, LogTime) -> PresenceTable.Change?
    ) {
        let now = self.clock()
        var isDue = false
        for topic in topics {
            let policy = self.rules.presence(of: topic)
            if policy == .off { continue }
            let isFirst = self.state.withLockedValue { state in
                guard let change = body(&state.table, topic, now), policy == .announce else { return false }
                state.announcements.add(change, at: now.steady)
                return self.begin(in: &state)
            }
            if isFirst { isDue = true }
        }
        // All at once: nobody else announces what this call has to.
        if isDue { self.announce() }
    }

    // MARK: - Announcing

    /// Ends leases that are over, and announces what has waited. To be called about once a second.
    package func expire() {
        let time = self.clock().steady
        var isDue = false
        // Part by part: others want the lock, too.
        while self.state.withLockedValue({ $0.table.isDue(at: time) }) {
            let isFirst = self.state.withLockedValue { state in
                self.note(state.table.expire(at: time, atMost: Self.maximumBatch), in: &state, at: time)
            }
            isDue = isDue || isFirst
        }
        var left = self.state.withLockedValue { $0.announcements.topicCount }
        while left > 0 {
            let isFirst = self.state.withLockedValue { state in
                state.announcements.advance(at: time, topics: min(left, Self.maximumBatch))
                return self.begin(in: &state)
            }
            isDue = isDue || isFirst
            left -= Self.maximumBatch
        }
        if isDue { self.announce() }
    }

    /// - Returns: whether the caller is the one to announce them.
    private func note(_ changes: [PresenceTable.Change], in state: inout State, at time: Int64) -> Bool {
        for change in changes where self.rules.presence(of: change.topic) == .announce {
            state.announcements.add(change, at: time)
        }
        return self.begin(in: &state)
    }

    private func begin(in state: inout State) -> Bool {
        if state.isAnnouncing || state.announcements.isEmpty { return false }
        state.isAnnouncing = true
        return true
    }

    private func announce() {
        while true {
            let changes = self.state.withLockedValue { state in
                let changes = state.announcements.take(atMost: Self.maximumBatch)
                state.isAnnouncing = !changes.isEmpty
                return changes
            }
            if changes.isEmpty { return }
            // Whom an engine fails to tell can still ask who is there.
            self.engine.publish(changes.compactMap(\.draft)) { _ in }
        }
    }
}

extension PresenceTable.Change {
    fileprivate var draft: PublicationDraft? {
        switch self {
        case .joined(let topic, let member): Self.draft(topic, .join, member)
        case .left(let topic, let member): Self.draft(topic, .leave, member)
        }
    }

    private static func draft(_ topic: Topic, _ event: EventName, _ member: PresentMember) -> PublicationDraft? {
        var data = ByteBuffer()
        data.writePresentMember(member)
        guard let content = try? Content.json(data) else { return nil }
        return PublicationDraft(announcing: event, content, in: topic)
    }
}

extension ByteBuffer {
    /// `{"client":"…","user":"…","since":…}`
    package mutating func writePresentMember(_ member: PresentMember) {
        self.writeString(#"{"client":"\#(member.member.client)""#)
        if let user = member.member.user {
            self.writeStaticString(#","user":"#)
            self.writeJSONString(user)
        }
        self.writeString(#","since":\#(member.since)}"#)
    }
}
