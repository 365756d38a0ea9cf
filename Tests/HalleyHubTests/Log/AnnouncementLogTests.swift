import Testing

@testable import HalleyHub

/// Announcements of presence have a part of the rule's limits for themselves, and are owed to nobody.
@Suite struct AnnouncementLogTests {
    private func bench(count: Int = .max, age: Int64 = 1 << 40, budget: Int? = nil, topics: Int = .max) -> LogBench {
        var rule = TopicRule.limited(count: count, age: age, budget: budget, topics: topics)
        rule.presence = .announce
        return LogBench([rule, .limited("quiet")])
    }

    @Test func theyComeInTheOrderOfTheLog() {
        var bench = self.bench()
        bench.publish("a")
        bench.announce("a")
        bench.publish("a")
        bench.announce("a")
        #expect(bench.held("a") == [1, 2, 3, 4])
        #expect(bench.page([("a", .after(2))]).publications.map(\.sequence) == [3, 4])
        #expect(bench.page([("a", .after(1))], count: 2).reached == 3)
    }

    @Test func theyEvictEachOtherOnly() {
        var bench = self.bench(count: 16)
        bench.publish("a")
        for _ in 0..<100 { bench.announce("a") }
        #expect(bench.held("a") == [1, 100, 101])
        for _ in 0..<16 { bench.publish("a") }
        #expect(bench.held("a") == [UInt64](100...117))
    }

    @Test func oneThatIsNoLongerHeldIsNoGap() {
        var bench = self.bench(count: 8)
        bench.publish("a")
        bench.announce("a")
        bench.announce("a")
        let page = bench.page([("a", .after(1))])
        #expect(page.missing.isEmpty)
        #expect(page.starts == [1])
        #expect(page.publications.map(\.sequence) == [3])
        #expect(bench.mark("a") == 0)
    }

    @Test func lastCountsOthersOnly() {
        var bench = self.bench()
        bench.publish("a")
        bench.publish("a")
        for _ in 0..<5 { bench.announce("a") }
        #expect(bench.page([("a", .last(1))]).publications.map(\.sequence) == [UInt64](2...7))
    }

    @Test func theBudgetIsSharedOut() {
        var bench = self.bench(budget: 16 * 512)
        for _ in 0..<20 { bench.publish("a") }
        for number in 0..<20 { bench.announce("b\(number)") }
        #expect(bench.held("a") == [UInt64](7...20))
        #expect(bench.held("b17") == [])
        #expect(bench.held("b18") == [39])
        #expect(bench.held("b19") == [40])
        #expect(bench.log.bytesByRule == [16 * 512, 0])
    }

    @Test func theyEndAndAreForgottenWithTheOthers() {
        var bench = self.bench(age: 10)
        bench.announce("a")
        bench.time = 10
        bench.expire()
        #expect(bench.held("a") == [])
        bench.publish("a")
        bench.announce("a")
        #expect(bench.log.forget([Bench.topic("a")]) == 2)
        #expect(bench.held("a") == [])
    }

    @Test func topicsThatHaveNothingElseAreKnown() {
        var bench = self.bench(topics: 2)
        bench.publish("b")
        for topic in ["c", "b", "a"] { bench.announce(topic) }
        let all = bench.log.summaries(TopicQuery())
        #expect(all.map(\.topic.name) == ["a", "b"])
        #expect(all.map(\.publications) == [1, 2])
        #expect(all.map(\.bytes) == [512, 1024])
        #expect(all.map(\.newest?.sequence) == [4, 3])
        #expect(bench.log.summaries(TopicQuery(limit: 1)).map(\.topic.name) == ["a"])
        // A topic that is forgotten there raises no mark.
        #expect(bench.mark("c") == 0)
    }

    @Test func whereTheRuleHasNoneNothingIsHeld() {
        var bench = self.bench()
        bench.announce("quiet")
        #expect(bench.held("quiet") == [])
        #expect(bench.log.newest == 1)
    }
}
