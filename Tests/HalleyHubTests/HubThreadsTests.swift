import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Real threads: publishers on their own, subscribers that attach with cursors on several loops while they publish. Each
/// must get everything once, in order.
@Suite(.timeLimit(.minutes(10))) struct HubThreadsTests {
    private static let topics = (0..<4).map { Bench.topic("t\($0)") }
    private static let publishers = 4
    private static let batches = 250

    /// Checks as it goes, on its loop, and has an answer when it has everything.
    private final class Checker: SubscriberOutlet {
        let isWritable = true
        private let topics: Set<Topic>
        private let last: UInt64
        private let done: EventLoopPromise<[UInt64]>
        private var sequences: [UInt64] = []
        private var subscriber: Subscriber?

        init(topics: [Topic], last: UInt64, done: EventLoopPromise<[UInt64]>) {
            self.topics = Set(topics)
            self.last = last
            self.done = done
        }

        func deliver(_ batch: DeliveryBatch) {
            for publication in batch.publications {
                if !publication.topics.contains(where: self.topics.contains) { self.done.fail(Wrong.topic) }
                if publication.topics.contains(HubThreadsTests.end) { return self.done.succeed(self.sequences) }
                self.sequences.append(publication.sequence)
            }
        }

        func notify(_ notice: Notice) {
            if case .gap = notice { self.done.fail(Wrong.gap) }
        }

        func end(_ reason: CloseReason) { self.done.fail(Wrong.ended) }
    }

    /// What the publishers have been told.
    private final class Published: Sendable {
        let all = NIOLockedValueBox<[(sequence: UInt64, topics: [Topic])]>([])
        let newest = Atomic<UInt64>(0)
    }

    private enum Wrong: Error { case topic, gap, ended }

    private static let end = Bench.topic("end")

    @Test func everyoneGetsEverythingOnceAndInOrder() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        var rule = TopicRule(prefix: "")
        rule.count = .max
        rule.bytes = .max
        rule.budget = .max
        let rules = TopicRules([rule])
        let hub = try await Hub(
            engine: MemoryEngine(rules: rules), rules: rules, eventLoops: Array(group.makeIterator()))
        let published = Published()

        async let publishing: Void = withThrowingTaskGroup(of: Void.self) { tasks in
            for publisher in 0..<Self.publishers {
                tasks.addTask { try await Self.publish(as: publisher, in: hub, published) }
            }
            try await tasks.waitForAll()
        }
        var subscribers: [(after: UInt64, topics: [Topic], sequences: EventLoopFuture<[UInt64]>)] = []
        for number in 0..<2000 {
            let after = published.newest.load(ordering: .relaxed) * UInt64(number % 4) / 3
            let topics = Array(Self.topics.prefix(1 + number % 4)) + [Self.end]
            subscribers.append((after, topics, Self.attach(topics, after: after, in: hub)))
            if number % 20 == 0 { await Task.yield() }
        }
        try await publishing
        try await hub.publish([PublicationDraft(topics: [Self.end], content: .text(""))])
        let all = published.all.withLockedValue { $0.sorted { $0.sequence < $1.sequence } }
        #expect(all.map(\.sequence) == (1...UInt64(all.count)).map { $0 })
        for subscriber in subscribers {
            let expected = all.filter {
                $0.sequence > subscriber.after && !Set($0.topics).isDisjoint(with: subscriber.topics)
            }
            let sequences = try await subscriber.sequences.get()
            #expect(sequences == expected.map(\.sequence))
        }
        try await group.shutdownGracefully()
    }

    private static func publish(as publisher: Int, in hub: Hub, _ published: Published) async throws {
        for batch in 0..<Self.batches {
            let first = Self.topics[(publisher + batch) % 4]
            let topics = batch % 5 == 0 ? [first, Self.topics[batch % 4]] : [first]
            let drafts = try (0...(batch % 3)).map { _ in try PublicationDraft(topics: topics, content: .text("x")) }
            let ids = try await hub.publish(drafts)
            published.all.withLockedValue { all in all += ids.map { ($0.sequence, topics) } }
            _ = published.newest.max(ids.last!.sequence, ordering: .relaxed)
        }
    }

    private static func attach(_ topics: [Topic], after: UInt64, in hub: Hub) -> EventLoopFuture<[UInt64]> {
        let loop = hub.nextEventLoop()
        let done = loop.makePromise(of: [UInt64].self)
        let start = StartPoint.after(Cursor(epoch: hub.epoch, sequence: after))
        loop.execute {
            let outlet = Checker(topics: topics, last: 0, done: done)
            _ = hub.shard(on: loop).attach(SubscribeRequest(topics: topics.map { ($0, start) }), outlet: outlet)
        }
        return done.futureResult
    }
}
