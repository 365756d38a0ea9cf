import NIOConcurrencyHelpers
public import NIOCore
import Synchronization

/// One hub, every way to push: publications go in, each subscriber gets them by its own technique.
///
/// Thread-safe. Each event loop has a ``HubShard`` of its own.
public final class Hub: Sendable {
    public let rules: TopicRules
    public let engine: any Engine
    /// Who is on which topic.
    public let presence: Presence
    private let hosts: [ShardHost]
    private let next = Atomic<Int>(0)

    /// Starts the engine and waits for it.
    /// - Parameters:
    ///   - eventLoops: where subscribers live; at least one.
    ///   - leases: how many clients without a connection are known to be on a topic.
    /// - Throws: ``EngineError`` when the engine can't start.
    public init(
        engine: any Engine, rules: TopicRules, eventLoops: [any EventLoop], leases: LeaseLimits = LeaseLimits()
    ) async throws(EngineError) {
        precondition(!eventLoops.isEmpty, "a hub needs an event loop")
        self.rules = rules
        self.engine = engine
        self.presence = Presence(rules: rules, engine: engine, leases: leases)
        let frames = SharedFrames()
        self.hosts = eventLoops.map { ShardHost(engine: engine, rules: rules, frames: frames, eventLoop: $0) }
        let newest = try await engine.start(delivering: Inboxes(self.hosts.map(\.inbox)))
        for host in self.hosts { host.begin(at: newest) }
    }

    public var epoch: UInt64 { self.engine.epoch }

    // MARK: - Publishing

    /// Appends a batch to the log, whole or not at all.
    /// - Returns: one cursor for each, in order.
    /// - Throws: ``EngineError``.
    @discardableResult
    public func publish(_ drafts: [PublicationDraft]) async throws -> [Cursor] {
        try await withCheckedThrowingContinuation { continuation in
            self.engine.publish(drafts) { continuation.resume(with: $0) }
        }
    }

    /// Publishes one message in one topic.
    /// - Throws: ``EngineError``.
    @discardableResult
    public func publish(_ content: Content, to topic: Topic, event: EventName = .message) async throws -> Cursor {
        try await self.publish([PublicationDraft(topics: [topic], event: event, content: content)])[0]
    }

    // MARK: - Reading the log

    /// What the log still holds of some topics.
    /// - Throws: ``EngineError``.
    public func history(_ query: HistoryQuery) async throws -> HistoryPage {
        try await withCheckedThrowingContinuation { continuation in
            self.engine.history(query) { continuation.resume(with: $0) }
        }
    }

    /// Forgets what the topics hold; cursors from before are gaps.
    /// - Returns: how many publications there were.
    @discardableResult
    public func forget(_ topics: [Topic]) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            self.engine.forget(topics) { continuation.resume(with: $0) }
        }
    }

    /// Topics that the log knows of, and those that have subscribers: sorted by name.
    /// - Throws: ``EngineError``.
    public func topics(_ query: TopicQuery) async throws -> [TopicSummary] {
        let known = try await withCheckedThrowingContinuation { continuation in
            self.engine.topics(query) { continuation.resume(with: $0) }
        }
        var all = Dictionary(uniqueKeysWithValues: known.map { ($0.topic, $0) })
        // A loop's page reaches as far as it has topics, or the limit: so each topic of the first ones is in it.
        for host in self.hosts {
            for (topic, count) in try await host.withShard({ $0.topics(query) }) {
                all[topic, default: TopicSummary(topic: topic)].subscribers += count
            }
        }
        return Array(all.values.sorted { $0.topic < $1.topic }.prefix(max(0, query.limit)))
    }

    /// How many subscribers each topic has, over all loops.
    public func subscriberCounts(of topics: [Topic]) async throws -> [Int] {
        var counts = topics.map { _ in 0 }
        for host in self.hosts {
            let own = try await host.withShard { shard in topics.map(shard.subscribers) }
            for (index, count) in own.enumerated() { counts[index] += count }
        }
        return counts
    }

    /// What the hub has done since it began.
    public var statistics: HubStatistics {
        self.hosts.reduce(into: HubStatistics()) { sum, host in
            sum.subscribers += host.counters.subscribers.load(ordering: .relaxed)
            sum.deliveries += host.counters.deliveries.load(ordering: .relaxed)
            sum.slowReaders += host.counters.slowReaders.load(ordering: .relaxed)
            sum.gaps += host.counters.gaps.load(ordering: .relaxed)
        }
    }

    // MARK: - Loops

    /// The part of the hub on a loop; to be called on it, with one of the hub's loops.
    package func shard(on eventLoop: any EventLoop) -> HubShard {
        guard let host = self.hosts.first(where: { $0.eventLoop === eventLoop }) else {
            preconditionFailure("not a loop of this hub")
        }
        return host.shard
    }

    /// The loops in turn.
    package func nextEventLoop() -> any EventLoop {
        let number = self.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return self.hosts[Int(UInt(bitPattern: number) % UInt(self.hosts.count))].eventLoop
    }
}

public struct HubStatistics: Sendable {
    public var subscribers = 0
    /// Publications handed to live subscribers.
    public var deliveries = 0
    public var gaps = 0
    /// How often a connection had more waiting than its limit.
    public var slowReaders = 0

    public init() {}
}

/// One loop and its shard.
private final class ShardHost: Sendable {
    let eventLoop: any EventLoop
    let inbox: Inbox
    let counters = ShardCounters()
    private let box: NIOLoopBoundBox<HubShard>

    init(engine: any Engine, rules: TopicRules, frames: SharedFrames, eventLoop: any EventLoop) {
        let drain = DrainTarget()
        self.eventLoop = eventLoop
        self.inbox = Inbox { eventLoop.execute { drain.box.withLockedValue { $0 }?.value.drain() } }
        self.box = NIOLoopBoundBox.makeBoxSendingValue(
            HubShard(engine: engine, rules: rules, inbox: self.inbox, counters: self.counters, frames: frames),
            eventLoop: eventLoop)
        drain.box.withLockedValue { $0 = self.box }
    }

    var shard: HubShard { self.box.value }

    func begin(at sequence: UInt64) {
        self.eventLoop.execute { self.shard.begin(at: sequence) }
    }

    func withShard<Result: Sendable>(_ body: @escaping @Sendable (HubShard) -> Result) async throws -> Result {
        try await self.eventLoop.submit { body(self.shard) }.get()
    }
}

/// The inbox is made before the shard that drains it.
private final class DrainTarget: Sendable {
    let box = NIOLockedValueBox<NIOLoopBoundBox<HubShard>?>(nil)
}
