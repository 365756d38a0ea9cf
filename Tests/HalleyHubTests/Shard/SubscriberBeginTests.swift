import HalleyHub
import Synchronization
import Testing

/// What a subscriber is told and gets as it begins.
@Suite struct SubscriberBeginTests {
    @Test func now() {
        let bench = Bench()
        bench.publish("a", count: 3)
        bench.settle()
        let outlet = bench.attach("a")
        #expect(outlet.take() == ["hello 3", "live"])
        bench.publish("a")
        #expect(outlet.take() == [])
        bench.settle()
        #expect(outlet.take() == ["got 4 at 4"])
        #expect(bench.engine.queries == 0)
    }

    @Test func earliest() {
        let bench = Bench()
        bench.publish("b")
        bench.publish("a", count: 2)
        bench.settle()
        let outlet = bench.attach("a", from: .earliest)
        #expect(outlet.take() == ["hello 1", "got 2 at 2", "got 3 at 3", "live"])
    }

    @Test func lastOfEach() {
        let bench = Bench()
        for topic in ["a", "a", "b", "a"] { bench.publish(topic) }
        bench.settle()
        let outlet = bench.attach("a", "b", from: .last(1))
        #expect(outlet.take() == ["hello 2", "got 3 at 3", "got 4 at 4", "live"])
    }

    @Test func afterACursor() {
        let bench = Bench()
        for topic in ["a", "b", "a"] { bench.publish(topic) }
        bench.settle()
        #expect(bench.attach("a", from: Bench.after(1)).take() == ["hello 1", "got 3 at 3", "live"])
        #expect(bench.attach("a", from: Bench.after(3)).take() == ["hello 3", "live"])
        #expect(bench.attach("b", from: Bench.after(0)).take() == ["hello 0", "got 2 at 2", "live"])
    }

    @Test func cursorsOfTheirOwn() {
        let bench = Bench()
        for topic in ["a", "b", "a", "b"] { bench.publish(topic) }
        bench.settle()
        let outlet = bench.attach([("a", Bench.after(0)), ("b", Bench.after(2)), ("c", .now)])
        #expect(
            outlet.take() == [
                "hello 0.b:2.c:4", "got 1 at 1.b:2.c:4", "got 3 at 3.c:4", "got 4 at 4", "live",
            ])
    }

    @Test func evicted() {
        let bench = Bench([.limited(count: 2)])
        bench.publish("a", count: 5)
        bench.settle()
        let outlet = bench.attach("a", from: Bench.after(1))
        #expect(outlet.take() == ["hello 1", "gap evicted a after 1 at 3", "got 4 at 4", "got 5 at 5", "live"])
        #expect(bench.attach("a", from: Bench.after(3)).take() == ["hello 3", "got 4 at 4", "got 5 at 5", "live"])
    }

    @Test func ofAnotherEpochOfTheFutureAndMalformed() {
        let bench = Bench()
        bench.publish("a", count: 2)
        bench.settle()
        let other = Cursor(epoch: 1, sequence: 9)
        #expect(
            bench.attach("a", from: .after(other)).take() == [
                "hello \(other)", "gap epoch a after \(other) at 0", "got 1 at 1", "got 2 at 2", "live",
            ])
        #expect(
            bench.attach("a", from: Bench.after(3)).take() == [
                "hello 3", "gap future a after 3 at 0", "got 1 at 1", "got 2 at 2", "live",
            ])
        let malformed = bench.attach("a", from: .malformed("?")).take()
        #expect(malformed.dropFirst() == ["gap malformed a after ? at 0", "got 1 at 1", "got 2 at 2", "live"])
        #expect(!malformed[0].contains("hello 0"))
    }

    /// An id beyond a gap must not leave before the gap has: a cut between the two would lose the notice.
    @Test func gapsOfSeveralCursorsComeBeforeTheHello() {
        let bench = Bench([.limited(count: 1)])
        bench.publish("a", count: 3)
        bench.publish("b", count: 2)
        bench.settle()
        let outlet = bench.attach([("a", Bench.after(1)), ("b", Bench.after(3))])
        #expect(
            outlet.take() == [
                "gap evicted a after 1 at 2.b:4", "gap evicted b after 3 at 2.b:4", "hello 2.b:4",
                "got 3 at 3.b:4", "got 5 at 5", "live",
            ])
    }

    /// On a loop that is behind, what the client has seen already must not come again.
    @Test func aheadOfItsLoop() {
        let bench = Bench(shards: 2)
        bench.publish("a", count: 4)
        bench.turn(1)
        let outlet = bench.attach([("a", Bench.after(3))])
        #expect(outlet.take() == ["hello 3"])
        #expect(outlet.subscriber?.cursor?.sequence == 3)
        bench.turn(0)
        #expect(outlet.take() == ["got 4 at 4", "live"])
    }

    /// Once the gap of a topic that began now came after nothing.
    @Test func nowOnALoopThatIsBehindTheEviction() {
        let bench = Bench([.limited(count: 1)])
        bench.publish("a", count: 2)
        bench.settle()
        bench.publish("a", count: 2)
        let outlet = bench.attach([("a", .now), ("b", .earliest)])
        #expect(outlet.take() == ["gap evicted a after 2 at 2.a:3", "hello 2.a:3"])
        bench.settle()
        #expect(outlet.take() == ["got 4 at 4", "live"])
    }

    @Test func withoutTopics() {
        let bench = Bench()
        bench.publish("a")
        bench.settle()
        #expect(bench.attach([]).take() == ["hello 1", "live"])
    }

    @Test func pageByPage() {
        let bench = Bench()
        bench.engine.limitPages(to: 2)
        bench.publish("a", count: 5)
        bench.settle()
        let outlet = bench.attach("a", from: .earliest)
        #expect(outlet.take() == ["hello 0", "got 1 at 1", "got 2 at 2"])
        #expect(outlet.subscriber?.isLive == false)
        bench.turn()
        #expect(outlet.take() == ["got 3 at 3", "got 4 at 4"])
        bench.publish("a")
        bench.settle()
        #expect(outlet.take() == ["got 5 at 5", "got 6 at 6", "live"])
    }

    @Test func whatIsEvictedOnTheWayIsTold() {
        let bench = Bench([.limited(count: 3)])
        bench.engine.limitPages(to: 1)
        bench.publish("a", count: 3)
        bench.settle()
        let outlet = bench.attach("a", from: .earliest)
        #expect(outlet.take() == ["hello 0", "got 1 at 1"])
        bench.publish("a", count: 3)
        bench.settle()
        #expect(
            outlet.take() == ["gap evicted a after 1 at 3", "got 4 at 4", "got 5 at 5", "got 6 at 6", "live"])
    }

    @Test func aPageThatFailsEndsTheConnection() {
        let bench = Bench()
        bench.publish("a")
        bench.settle()
        bench.engine.fail()
        let outlet = bench.attach("a", from: .earliest)
        #expect(outlet.take() == ["end \(CloseReason.internalError)"])
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 0)
        #expect(bench.counters[0].subscribers.load(ordering: .relaxed) == 0)
    }

    @Test func aTopicThatIsNamedTwiceCountsOnce() {
        let bench = Bench()
        let outlet = bench.attach("a", "a")
        bench.publish("a")
        bench.settle()
        #expect(outlet.takeSequences() == [1])
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 1)
        outlet.subscriber?.detach()
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 0)
    }

    @Test func countsSubscribers() {
        let bench = Bench()
        let first = bench.attach("a", "b")
        let second = bench.attach("a")
        #expect(["a", "b", "c"].map { bench.shard.subscribers(of: Bench.topic($0)) } == [2, 1, 0])
        first.subscriber?.detach()
        first.subscriber?.detach()
        #expect(["a", "b"].map { bench.shard.subscribers(of: Bench.topic($0)) } == [1, 0])
        #expect(bench.counters[0].subscribers.load(ordering: .relaxed) == 1)
        second.subscriber?.detach()
        #expect(bench.counters[0].subscribers.load(ordering: .relaxed) == 0)
    }
}
