import HalleyHub
import NIOCore
import Synchronization

/// Shards over one memory engine, driven by hand: nothing happens but what a test asks for.
final class Bench {
    static let epoch: UInt64 = 0xe

    let clock = TestClock()
    let engine: HoldingEngine
    private(set) var shards: [HubShard] = []
    private(set) var counters: [ShardCounters] = []
    private var turns: [Turn] = []

    private final class Turn: Sendable {
        let isDue = Atomic<Bool>(false)
    }

    init(_ rules: [TopicRule] = [], budget: Int = 256 << 20, shards: Int = 1) {
        let rules = TopicRules(rules, budget: budget)
        let clock = self.clock
        self.engine = HoldingEngine(
            base: MemoryEngine(rules: rules, epoch: Self.epoch, clock: { clock.logTime }))
        for _ in 0..<shards { self.addShard(rules) }
        _ = self.engine.base.begin(delivering: Inboxes(self.shards.map(\.inbox)))
    }

    private func addShard(_ rules: TopicRules) {
        let turn = Turn()
        let counters = ShardCounters()
        let inbox = Inbox { turn.isDue.store(true, ordering: .relaxed) }
        self.turns.append(turn)
        self.counters.append(counters)
        self.shards.append(HubShard(engine: self.engine, rules: rules, inbox: inbox, counters: counters))
    }

    var shard: HubShard { self.shards[0] }

    // MARK: - The log

    /// One publication in some topics.
    func publish(_ topics: String..., bytes: Int = 0, excluding: Set<SubscriberID> = []) {
        let data = ByteBuffer(repeating: 0x78, count: bytes)
        do {
            let draft = try PublicationDraft(
                topics: topics.map(Self.topic), content: .binary(data), excluding: excluding)
            self.engine.publish([draft]) { _ in }
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func publish(_ topic: String, count: Int) { for _ in 0..<count { self.publish(topic) } }

    func forget(_ topic: String) { self.engine.forget([Self.topic(topic)]) { _ in } }

    // MARK: - The loops

    /// One turn of a loop, due or not.
    func turn(_ shard: Int = 0) {
        self.turns[shard].isDue.store(false, ordering: .relaxed)
        self.shards[shard].drain()
    }

    /// All turns that are due.
    func settle(_ shard: Int = 0) { while self.turns[shard].isDue.load(ordering: .relaxed) { self.turn(shard) } }

    // MARK: - Subscribers

    func attach(
        _ topics: [(String, StartPoint)], id: UInt64 = 1, format: (any WireFormat)? = nil, shard: Int = 0,
        isWritable: Bool = true
    ) -> RecordingOutlet {
        let outlet = RecordingOutlet()
        outlet.isWritable = isWritable
        let request = SubscribeRequest(
            id: SubscriberID(id), topics: topics.map { (Self.topic($0.0), $0.1) }, format: format)
        outlet.subscriber = self.shards[shard].attach(request, outlet: outlet)
        return outlet
    }

    func attach(_ topics: String..., from start: StartPoint = .now) -> RecordingOutlet {
        self.attach(topics.map { ($0, start) })
    }

    static func topic(_ name: String) -> Topic {
        do { return try Topic(name) } catch { preconditionFailure("\(error)") }
    }

    /// A cursor of the bench's log.
    static func after(_ sequence: UInt64) -> StartPoint { .after(Cursor(epoch: self.epoch, sequence: sequence)) }

    /// A cursor of the bench's log, written without its epoch; topics in marks by name, as in `9~b:3.c:12_a:2`.
    static func short(_ text: String) -> String {
        let prefix = "000000000000000e-"
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }

    static func short(_ cursor: Cursor) -> String {
        guard cursor.epoch == self.epoch else { return cursor.description }
        let marks = cursor.marks.map { mark in
            (mark.kind == .late ? "~" : ".") + self.name(mark.topic) + ":\(mark.sequence)"
        }
        return "\(cursor.sequence)" + marks.sorted().joined() + (cursor.cover.map { "_\($0.start)" } ?? "")
    }

    private static func name(_ fingerprint: UInt64) -> String {
        ["a", "b", "c", "d"].first { self.topic($0).fingerprint == fingerprint } ?? "?"
    }
}

extension SlowReaderPolicy {
    /// A default rule with this policy.
    var rule: TopicRule {
        var rule = TopicRule(prefix: "")
        rule.slowReaders = self
        return rule
    }
}
