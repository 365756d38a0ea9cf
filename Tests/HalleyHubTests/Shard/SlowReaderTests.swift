import HalleyHub
import Synchronization
import Testing

/// A live subscriber whose connection is full, under each policy.
@Suite struct SlowReaderTests {
    /// Live in a and b; the write of publication 1 has filled it.
    private func slow(_ bench: Bench) -> RecordingOutlet {
        let outlet = bench.attach("a", "b")
        outlet.onWrite = { [unowned outlet] in
            outlet.isWritable = false
            outlet.onWrite = nil
        }
        _ = outlet.take()
        bench.publish("a")
        bench.settle()
        return outlet
    }

    @Test func disconnect() {
        let bench = Bench([SlowReaderPolicy.disconnect.rule])
        let outlet = self.slow(bench)
        #expect(outlet.take() == ["got 1 at 1", "end \(CloseReason.slowReader)"])
        bench.publish("a")
        bench.settle()
        #expect(outlet.take() == [])
        #expect(bench.counters[0].subscribers.load(ordering: .relaxed) == 0)
    }

    @Test func rewind() {
        let bench = Bench([SlowReaderPolicy.rewind.rule])
        let outlet = self.slow(bench)
        #expect(outlet.take() == ["got 1 at 1", "slow"])
        bench.publish("a", count: 2)
        bench.settle()
        #expect(outlet.take() == [])
        #expect(outlet.subscriber?.cursor?.sequence == 1)
        outlet.drained()
        #expect(outlet.take() == ["got 2 at 2", "got 3 at 3", "live"])
    }

    @Test func rewindAfterAnEviction() {
        var rule = SlowReaderPolicy.rewind.rule
        rule.count = 1
        let bench = Bench([rule])
        let outlet = self.slow(bench)
        bench.publish("a", count: 3)
        bench.settle()
        outlet.drained()
        #expect(outlet.take() == ["got 1 at 1", "slow", "gap evicted a after 1 at 3", "got 4 at 4", "live"])
    }

    @Test func skip() {
        let bench = Bench([SlowReaderPolicy.skip.rule])
        let outlet = self.slow(bench)
        for topic in ["a", "b", "a"] { bench.publish(topic) }
        bench.settle()
        #expect(outlet.take() == ["got 1 at 1"])
        #expect(outlet.subscriber?.cursor?.sequence == 1)
        outlet.drained()
        #expect(outlet.take() == ["gap skipped a,b after 1 at 4", "live"])
        bench.publish("a")
        bench.settle()
        #expect(outlet.take() == ["got 5 at 5"])
    }

    @Test func latest() {
        let bench = Bench([SlowReaderPolicy.latest.rule])
        let outlet = self.slow(bench)
        for topic in ["a", "b", "a", "b", "a"] { bench.publish(topic) }
        bench.settle()
        outlet.drained()
        #expect(
            outlet.take()
                == [
                    "got 1 at 1", "gap skipped a,b after 1 at 4.a:4", "got 5 at 5", "got 6 at 6", "live",
                ].map { $0 == "gap skipped a,b after 1 at 4.a:4" ? "gap skipped a,b after 1 at 4" : $0 })
    }

    @Test func nothingMissedIsNothingTold() {
        for policy in [SlowReaderPolicy.skip, .latest] {
            let bench = Bench([policy.rule])
            let outlet = self.slow(bench)
            bench.publish("c")
            bench.settle()
            outlet.drained()
            #expect(outlet.take() == ["got 1 at 1", "live"])
        }
    }

    @Test func latestOfOneEachIsComplete() {
        let bench = Bench([SlowReaderPolicy.latest.rule])
        let outlet = self.slow(bench)
        for topic in ["a", "b"] { bench.publish(topic) }
        bench.settle()
        outlet.drained()
        #expect(outlet.take() == ["got 1 at 1", "got 2 at 2", "got 3 at 3", "live"])
    }

    @Test func theStrictestPolicyOfItsTopicsCounts() {
        let order: [SlowReaderPolicy] = [.latest, .skip, .rewind, .disconnect]
        for (first, second) in zip(order, order.dropFirst()) {
            var other = TopicRule(prefix: "b")
            other.slowReaders = second
            let bench = Bench([first.rule, other])
            let outlet = self.slow(bench)
            switch second {
            case .disconnect: #expect(outlet.take().last == "end \(CloseReason.slowReader)")
            case .rewind: #expect(outlet.take().last == "slow")
            case .skip:
                bench.publish("a", count: 2)
                bench.settle()
                outlet.drained()
                #expect(outlet.take() == ["got 1 at 1", "gap skipped a after 1 at 3", "live"])
            case .latest: Issue.record("not stricter than any")
            }
        }
    }

    /// Once the writes of a turn after the one that filled the connection were lost without a gap.
    @Test(arguments: [SlowReaderPolicy.skip, .latest, .rewind])
    func aTurnInSeveralWrites(_ policy: SlowReaderPolicy) {
        let bench = Bench([policy.rule])
        let outlet = bench.attach("a")
        outlet.onWrite = { [unowned outlet] in
            outlet.isWritable = false
            outlet.onWrite = nil
        }
        _ = outlet.take()
        for _ in 0..<3 { bench.publish("a", bytes: 200_000) }
        bench.settle()
        #expect(outlet.take().filter { $0.hasPrefix("got") } == ["got 1 at 1", "got 2 at 2"])
        outlet.drained()
        let expected = policy == .skip ? ["gap skipped a after 2 at 3", "live"] : ["got 3 at 3", "live"]
        #expect(outlet.take() == expected)
    }

    /// Once an outlet that drained inside a notice set off a second reading of the same page.
    @Test func drainsInsideEachWrite() {
        let bench = Bench([.limited(count: 2)])
        bench.publish("a", count: 4)
        bench.settle()
        bench.engine.hold()
        let outlet = bench.attach("a", from: Bench.after(1))
        outlet.onWrite = { [unowned outlet] in outlet.drained() }
        bench.engine.release()
        bench.settle()
        #expect(outlet.take() == ["hello 1", "gap evicted a after 1 at 2", "got 3 at 3", "got 4 at 4", "live"])
    }

    @Test func writableWithoutHavingBeenFullDoesNothing() {
        let bench = Bench()
        let outlet = bench.attach("a")
        _ = outlet.take()
        outlet.drained()
        #expect(outlet.take() == [])
        #expect(outlet.subscriber?.isLive == true)
    }

    /// Once one that died inside the notice was live for ever after.
    @Test(arguments: [SlowReaderPolicy.skip, .latest])
    func diesInsideTheNotice(_ policy: SlowReaderPolicy) {
        let bench = Bench([policy.rule])
        let outlet = self.slow(bench)
        bench.publish("a", count: 3)
        bench.settle()
        outlet.onWrite = { [unowned outlet] in outlet.subscriber?.detach() }
        outlet.drained()
        #expect(outlet.take().last == "gap skipped a after 1 at 3" || policy == .skip)
        #expect(outlet.subscriber?.isLive == false)
        bench.publish("a")
        bench.settle()
        #expect(outlet.take() == [])
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 0)
    }
}
