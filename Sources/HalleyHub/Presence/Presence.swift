import HalleyWire
import NIOConcurrencyHelpers
import NIOCore

/// Who is on the hub's topics. Thread-safe.
///
/// Where a topic's rule says ``PresencePolicy/announce``, coming and going are publications of that topic, in the order in
/// which they happened: `halley:join` and `halley:leave`, with the member as JSON.
public final class Presence: Sendable {
    private struct State {
        var table = PresenceTable()
        var announcements: [PresenceTable.Change] = []
        /// One thread at a time publishes them, so that they keep their order.
        var isAnnouncing = false
    }

    private static let maximumBatch = 1000

    private let state = NIOLockedValueBox(State())
    private let rules: TopicRules
    private let engine: any Engine
    private let clock: @Sendable () -> Int64

    init(rules: TopicRules, engine: any Engine, clock: @escaping @Sendable () -> Int64 = LogTime.wall) {
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

    // MARK: - Coming and going

    /// A connection of the member takes topics.
    package func connect(_ member: Member, to topics: [Topic]) {
        let time = self.clock()
        self.change(topics) { $0.connect(member, to: $1, at: time) }
    }

    /// A connection of the member has given up topics that it had taken.
    package func disconnect(_ member: Member, from topics: [Topic]) {
        self.change(topics) { $0.disconnect(member.client, from: $1) }
    }

    /// The member's user is known by now.
    package func identify(_ member: Member, on topics: [Topic]) {
        self.change(topics) { table, topic in
            table.identify(member, on: topic)
            return nil
        }
    }

    /// The member is there for some time, with or without a connection.
    /// - Parameter time: milliseconds.
    package func lease(_ member: Member, on topics: [Topic], for time: Int64) {
        let now = self.clock()
        self.change(topics) { $0.lease(member, on: $1, at: now, until: now + time) }
    }

    /// Ends leases that are over. To be called about once a second.
    package func expire() {
        let time = self.clock()
        let isDue = self.state.withLockedValue { state in
            let changes = state.table.expire(at: time)
            return self.note(changes.filter { self.rules.presence(of: $0.topic) == .announce }, in: &state)
        }
        if isDue { self.announce() }
    }

    private func change(_ topics: [Topic], _ body: (inout PresenceTable, Topic) -> PresenceTable.Change?) {
        var isDue = false
        for topic in topics {
            let policy = self.rules.presence(of: topic)
            if policy == .off { continue }
            let isFirst = self.state.withLockedValue { state in
                let change = body(&state.table, topic)
                guard let change, policy == .announce else { return false }
                return self.note(CollectionOfOne(change), in: &state)
            }
            if isFirst { isDue = true }
        }
        // All at once: nobody else announces what this call has to.
        if isDue { self.announce() }
    }

    // MARK: - Announcing

    /// - Returns: whether the caller is the one to announce them.
    private func note(_ changes: some Sequence<PresenceTable.Change>, in state: inout State) -> Bool {
        state.announcements += changes
        if state.isAnnouncing || state.announcements.isEmpty { return false }
        state.isAnnouncing = true
        return true
    }

    private func announce() {
        while true {
            let changes = self.state.withLockedValue { state in
                let changes = Array(state.announcements.prefix(Self.maximumBatch))
                state.announcements.removeFirst(changes.count)
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
    var topic: Topic {
        switch self {
        case .joined(let topic, _), .left(let topic, _): topic
        }
    }

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
        return try? PublicationDraft(topics: [topic], event: event, content: content)
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
