import HalleyHub
import Testing

/// Topics that join a running subscription, and leave it.
@Suite struct LateTopicTests {
    private func join(_ outlet: RecordingOutlet, _ topics: (String, StartPoint)...) {
        outlet.subscriber?.join(topics.map { (Bench.topic($0.0), $0.1) })
    }

    private func leave(_ outlet: RecordingOutlet, _ topics: String...) {
        outlet.subscriber?.leave(topics.map(Bench.topic))
    }

    /// Live in a; b has 1, 3 and 5, a has 2 and 4, and 6 is of both.
    private func filled() -> (Bench, RecordingOutlet) {
        let bench = Bench()
        let outlet = bench.attach("a")
        for topic in ["b", "a", "b", "a", "b"] { bench.publish(topic) }
        bench.publish("a", "b")
        bench.settle()
        _ = outlet.take()
        return (bench, outlet)
    }

    @Test func atThePosition() {
        let (bench, outlet) = self.filled()
        self.join(outlet, ("b", .now))
        #expect(outlet.take() == ["joined b at 6", "live"])
        bench.publish("b")
        bench.settle()
        #expect(outlet.take() == ["got 7 at 7"])
    }

    @Test func behind() {
        let (bench, outlet) = self.filled()
        self.join(outlet, ("b", Bench.after(1)))
        #expect(
            outlet.take()
                == ["joined b at 6~b:1_1", "live", "got 3 at 6~b:3_3", "got 5 at 6~b:5_5"]
                .map { $0.replacingCover(with: 0) })
        bench.settle()
        #expect(outlet.take() == ["caught up b at 6", "live"])
    }

    /// 6 came by a; a cut while b is behind must neither lose nor double anything.
    @Test(arguments: [UInt64(1), 3, 5])
    func cutAndResumed(_ progress: UInt64) throws {
        let (bench, outlet) = self.filled()
        self.join(outlet, ("b", Bench.after(progress)))
        let cursor = try #require(outlet.subscriber?.cursor)
        outlet.subscriber?.detach()
        bench.publish("a")
        bench.publish("b")
        bench.settle()
        let back = bench.attach([("b", .after(cursor)), ("a", .after(cursor))])
        bench.settle()
        #expect(back.takeSequences() == [7, 8])
    }

    @Test func cutBeforeItHasReadAnything() throws {
        let (bench, outlet) = self.filled()
        bench.engine.limitPages(to: 1)
        outlet.isWritable = false
        self.join(outlet, ("b", .earliest))
        #expect(outlet.take().first?.hasPrefix("joined b at 6~b:0") == true)
        let cursor = try #require(outlet.subscriber?.cursor)
        let back = bench.attach([("a", .after(cursor)), ("b", .after(cursor))])
        bench.settle()
        #expect(back.takeSequences() == [1, 3, 5])
    }

    /// Once topics that were not late came again when the late one was not asked for.
    @Test func comesBackWithoutTheLateTopic() throws {
        let (bench, outlet) = self.filled()
        outlet.isWritable = false
        self.join(outlet, ("b", .earliest))
        let cursor = try #require(outlet.subscriber?.cursor)
        bench.publish("a")
        bench.settle()
        let back = bench.attach([("a", .after(cursor))])
        bench.settle()
        #expect(back.takeSequences() == [7])
    }

    /// Once a topic by topic return began where the others had begun.
    @Test func comesBackByJoining() throws {
        let (bench, outlet) = self.filled()
        outlet.isWritable = false
        self.join(outlet, ("b", .earliest))
        let cursor = try #require(outlet.subscriber?.cursor)
        let back = bench.attach([])
        self.join(back, ("a", .after(cursor)), ("b", .after(cursor)))
        bench.settle()
        // 6 is of both: what a has brought is not known here.
        #expect(back.takeSequences() == [1, 3, 5, 6])
    }

    @Test func gapOfATopicThatJoins() {
        let bench = Bench([.limited(count: 1)])
        let outlet = bench.attach("a")
        bench.publish("b", count: 3)
        bench.settle()
        _ = outlet.take()
        self.join(outlet, ("b", Bench.after(1)))
        bench.settle()
        let lines = outlet.take()
        #expect(lines.first?.hasPrefix("gap evicted b after 1 at 3~b:2") == true)
        #expect(lines.dropFirst().first?.hasPrefix("joined b at 3~b:2") == true)
        #expect(lines.contains { $0.hasPrefix("got 3 at 3~b:3") })
        #expect(lines.last == "live")
    }

    @Test func joinsAreTakenInTurn() {
        let (bench, outlet) = self.filled()
        self.join(outlet, ("b", .earliest))
        self.join(outlet, ("c", .now))
        self.join(outlet, ("b", .earliest), ("a", .earliest))
        bench.settle()
        let notices = outlet.take().filter { $0.hasPrefix("joined") || $0.hasPrefix("caught") }
        #expect(notices.map { $0.split(separator: " at ")[0] } == ["joined b", "caught up b", "joined c"])
    }

    @Test func manyJoinInParts() {
        let bench = Bench()
        let outlet = bench.attach("a")
        let topics = (0..<20).map { (Bench.topic("t\($0)"), StartPoint.earliest) }
        for (topic, _) in topics { bench.publish(topic.name) }
        bench.settle()
        _ = outlet.take()
        outlet.subscriber?.join(topics)
        bench.settle()
        let lines = outlet.take()
        #expect(lines.count { $0.hasPrefix("joined") } == 3)
        #expect(lines.count { $0.hasPrefix("got") } == 20)
        #expect(outlet.subscriber?.topics.count == 21)
    }

    @Test func waitsUntilTheOthersHaveCaughtUp() {
        let bench = Bench()
        bench.publish("a", count: 2)
        bench.settle()
        let outlet = bench.attach([("a", .earliest)], isWritable: false)
        self.join(outlet, ("b", .now))
        #expect(outlet.take() == ["hello 0", "got 1 at 1", "got 2 at 2"])
        outlet.drained()
        #expect(outlet.take() == ["live", "joined b at 2", "live"])
    }

    // MARK: - Leaving

    @Test func leaves() {
        let bench = Bench()
        let outlet = bench.attach("a", "b")
        _ = outlet.take()
        self.leave(outlet, "a", "never")
        bench.publish("a")
        bench.publish("b")
        bench.settle()
        #expect(outlet.take() == ["live", "got 2 at 2"])
        #expect(["a", "b"].map { bench.shard.subscribers(of: Bench.topic($0)) } == [0, 1])
    }

    /// Once the page that was under way brought it, or its gap brought it back.
    @Test func leavesWhileAPageIsUnderWay() {
        let bench = Bench([.limited(count: 1)])
        bench.publish("a")
        bench.publish("b")
        bench.settle()
        let outlet = bench.attach([("a", Bench.after(0)), ("b", Bench.after(0))], isWritable: false)
        #expect(outlet.takeSequences() == [1, 2])
        bench.publish("a", count: 3)
        bench.publish("b")
        bench.settle()
        bench.engine.hold()
        outlet.drained()
        self.leave(outlet, "a")
        bench.engine.release()
        bench.settle()
        #expect(outlet.take() == ["got 6 at 6", "live"])
        #expect(outlet.subscriber?.topics.map(\.name) == ["b"])
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 0)
    }

    @Test func leavesBeforeItHasBegun() {
        let bench = Bench()
        for topic in ["a", "b"] { bench.publish(topic) }
        bench.settle()
        bench.engine.hold()
        let outlet = bench.attach("a", "b", from: .malformed("?"))
        self.leave(outlet, "a")
        bench.engine.release()
        bench.settle()
        #expect(outlet.take().dropFirst() == ["gap malformed b after ? at 1", "got 2 at 2", "live"])
        #expect(["a", "b"].map { bench.shard.subscribers(of: Bench.topic($0)) } == [0, 1])
    }

    @Test func leavesWhileItJoins() {
        let (bench, outlet) = self.filled()
        bench.engine.hold()
        self.join(outlet, ("b", .earliest))
        self.leave(outlet, "b")
        bench.engine.release()
        bench.settle()
        #expect(outlet.take() == ["live"])
        #expect(outlet.subscriber?.topics.map(\.name) == ["a"])
    }

    /// Once the cohort was given up, and nothing came any more.
    @Test func leavesWhatItHasNotWhileItIsMuted() {
        let bench = Bench([SlowReaderPolicy.skip.rule])
        let outlet = bench.attach("a")
        outlet.isWritable = false
        bench.publish("a")
        bench.settle()
        self.leave(outlet, "never")
        bench.publish("a")
        bench.settle()
        _ = outlet.take()
        outlet.drained()
        #expect(outlet.take() == ["gap skipped a after 1 at 2", "live"])
    }

    @Test func isNotToldOfWhatItLeftWhileMuted() {
        let bench = Bench([SlowReaderPolicy.latest.rule])
        let outlet = bench.attach("a", "b")
        outlet.isWritable = false
        bench.publish("b")
        bench.settle()
        bench.publish("a", count: 2)
        bench.settle()
        self.leave(outlet, "a")
        _ = outlet.take()
        outlet.drained()
        #expect(outlet.take() == ["live"])
    }

    // MARK: - Pages that come later

    /// Once what was published between the question and the answer was lost for a muted subscriber.
    @Test func joinsWhileMuted() {
        let bench = Bench([SlowReaderPolicy.skip.rule])
        let outlet = bench.attach("a")
        bench.engine.hold()
        self.join(outlet, ("b", Bench.after(0)))
        outlet.isWritable = false
        bench.publish("a")
        bench.publish("b")
        bench.settle()
        bench.engine.release()
        bench.settle()
        bench.publish("a", "b")
        bench.settle()
        _ = outlet.take()
        outlet.drained()
        bench.settle()
        let lines = outlet.take()
        #expect(lines.first == "gap skipped a after 1 at 3")
        #expect(lines.filter { $0.hasPrefix("got") }.map { $0.split(separator: " ")[1] } == ["2", "3"])
    }

    /// Once a second page was asked for, and an old one was taken for the answer.
    @Test func oneQuestionAtATime() {
        let (bench, outlet) = self.filled()
        bench.engine.hold()
        self.join(outlet, ("b", .earliest))
        bench.engine.release()
        bench.settle()
        _ = outlet.take()
        bench.engine.hold()
        self.join(outlet, ("c", .earliest))
        let queries = bench.engine.queries
        self.leave(outlet, "never")
        self.leave(outlet, "never")
        #expect(bench.engine.queries == queries)
    }
}

extension String {
    /// With one topic besides the late ones the cover begins where it began.
    fileprivate func replacingCover(with start: Int) -> String {
        guard let index = self.lastIndex(of: "_") else { return self }
        return self[..<index] + "_\(self.contains("~b:1") ? 1 : self.contains("~b:3") ? 3 : 5)"
    }
}
