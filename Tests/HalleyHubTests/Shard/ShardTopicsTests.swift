import HalleyHub
import Testing

/// Which topics a shard knows: those that its subscribers have, however they named them.
@Suite struct ShardTopicsTests {
    private func topics(_ bench: Bench, prefix: String = "", after: String = "", limit: Int = 100) -> [String] {
        bench.shard.topics(TopicQuery(prefix: prefix, after: after, limit: limit)).map {
            "\($0.topic) \($0.subscribers)"
        }
    }

    @Test func thoseThatSubscribersHave() {
        let bench = Bench()
        let one = bench.attach("b", "a")
        let other = bench.attach([("b", .earliest), ("c", .now)], id: 2)
        #expect(self.topics(bench) == ["a 1", "b 2", "c 1"])
        #expect(self.topics(bench, after: "a", limit: 1) == ["b 2"])
        #expect(self.topics(bench, prefix: "c") == ["c 1"])
        one.subscriber?.detach()
        #expect(self.topics(bench) == ["b 1", "c 1"])
        other.subscriber?.detach()
        #expect(self.topics(bench) == [])
    }

    /// A cursor with topics that are late once left one of them behind for ever where it was named twice.
    static let starts: [[(String, StartPoint)]] = [
        [("a", .now), ("a", .now)], [("a", .earliest), ("b", .now), ("a", .earliest)],
        [("a", Bench.after(1)), ("a", Bench.after(2))], [("a", .malformed("?")), ("a", .malformed("?"))],
        [("a", .now), ("a", .last(1))],
    ]

    @Test(arguments: Self.starts) func aTopicNamedTwiceCountsOnce(_ starts: [(String, StartPoint)]) {
        let bench = Bench()
        for topic in ["a", "b", "a"] { bench.publish(topic) }
        bench.settle()
        let outlet = bench.attach(starts)
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 1)
        _ = outlet.take()
        bench.publish("a")
        bench.settle()
        #expect(outlet.takeSequences() == [4])
        outlet.subscriber?.detach()
        #expect(bench.shard.topicCount == 0)
        #expect(self.topics(bench) == [])
    }

    @Test func aTopicOfALateCursorNamedTwiceIsGivenBack() throws {
        let bench = Bench()
        let first = bench.attach("a")
        for topic in ["b", "a", "b"] { bench.publish(topic) }
        bench.settle()
        first.subscriber?.join([(Bench.topic("b"), Bench.after(0))])
        let cursor = StartPoint.after(try #require(first.subscriber?.cursor))
        first.subscriber?.detach()
        #expect(bench.shard.topicCount == 0)
        let outlet = bench.attach([("a", cursor), ("b", cursor), ("b", cursor)])
        #expect(bench.shard.subscribers(of: Bench.topic("b")) == 1)
        outlet.subscriber?.detach()
        #expect(bench.shard.topicCount == 0)
    }

    @Test func aTopicJoinedTwiceAtOnceIsGivenBack() {
        let bench = Bench()
        bench.publish("b")
        bench.publish("b")
        let outlet = bench.attach("a")
        outlet.subscriber?.join([("b", Bench.after(0)), ("c", .now), ("b", .now)].map { (Bench.topic($0.0), $0.1) })
        bench.settle()
        #expect(outlet.takeSequences() == [1, 2])
        #expect(outlet.subscriber?.topics.map(\.name).sorted() == ["a", "b", "c"])
        #expect(bench.shard.subscribers(of: Bench.topic("b")) == 1)
        outlet.subscriber?.leave(["b", "b"].map(Bench.topic))
        #expect(self.topics(bench) == ["a 1", "c 1"])
        outlet.subscriber?.detach()
        #expect(bench.shard.topicCount == 0)
    }

    /// Nor does it ask the engine for a topic twice.
    @Test func aReadingNamesEachTopicOnce() {
        let a = Bench.topic("a")
        let query = HistoryQuery([.init(a, .after(3)), .init(Bench.topic("b"), .earliest), .init(a, .earliest)])
        #expect(query.interests == [.init(a, .after(3)), .init(Bench.topic("b"), .earliest)])
        let plan = ReadPlan([(a, .last(1)), (a, .earliest)], epoch: Bench.epoch)
        #expect(plan.interests == [.init(a, .last(1))])
    }
}
