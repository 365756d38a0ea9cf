import HalleyHub
import Testing

@Suite struct ExclusionTests {
    private let me: Set<SubscriberID> = [SubscriberID(1)]

    @Test func liveAndReplayed() {
        let bench = Bench()
        let live = bench.attach([("a", .now)], id: 1)
        let other = bench.attach([("a", .now)], id: 2)
        bench.publish("a")
        bench.publish("a", excluding: self.me)
        bench.publish("a")
        bench.settle()
        #expect(live.takeSequences() == [1, 3])
        #expect(other.takeSequences() == [1, 2, 3])
        #expect(live.subscriber?.cursor?.sequence == 3)
        #expect(bench.attach([("a", .earliest)], id: 1).takeSequences() == [1, 3])
        #expect(bench.attach([("a", .earliest)], id: 2).takeSequences() == [1, 2, 3])
    }

    @Test func aTurnOfNothingElse() {
        let bench = Bench()
        let outlet = bench.attach([("a", .now)], id: 1)
        _ = outlet.take()
        bench.publish("a", excluding: self.me)
        bench.settle()
        #expect(outlet.take() == [])
        #expect(outlet.subscriber?.cursor?.sequence == 1)
    }

    @Test func ofALateTopic() {
        let bench = Bench()
        bench.publish("b")
        bench.publish("b", excluding: self.me)
        bench.settle()
        let outlet = bench.attach([("a", .now)], id: 1)
        outlet.subscriber?.join([(Bench.topic("b"), .earliest)])
        bench.settle()
        #expect(outlet.takeSequences() == [1])
    }

    @Test func isNotMissedBySlowReaders() {
        let bench = Bench([SlowReaderPolicy.skip.rule])
        let outlet = bench.attach([("a", .now)], id: 1)
        outlet.isWritable = false
        bench.publish("a")
        bench.settle()
        bench.publish("a", excluding: self.me)
        bench.settle()
        _ = outlet.take()
        outlet.drained()
        #expect(outlet.take() == ["live"])
    }
}
