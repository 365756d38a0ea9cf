import HalleyHub
import Testing

@Suite struct RuleLogTests {
    @Test func evictsByCount() {
        var bench = LogBench([.limited(count: 2)])
        bench.publish("a")
        bench.publish("a")
        #expect(bench.held("a") == [1, 2])
        #expect(bench.mark("a") == 0)
        bench.publish("a")
        #expect(bench.held("a") == [2, 3])
        #expect(bench.mark("a") == 1)
    }

    @Test func holdsNothingWhereTheCountIsZero() {
        var bench = LogBench([.limited(count: 0)])
        bench.publish("a")
        #expect(bench.held("a") == [])
        #expect(bench.mark("a") == 1)
        #expect(bench.log.bytesByRule == [0])
    }

    /// The newest stays, whatever its size.
    @Test(arguments: [(1536, [UInt64(1), 2], UInt64(0)), (1535, [2], 1), (768, [2], 1), (767, [2], 1), (0, [], 2)])
    func evictsByBytes(_ limit: Int, _ held: [UInt64], _ mark: UInt64) {
        var bench = LogBench([.limited(bytes: limit)])
        bench.publish("a", bytes: 256)
        bench.publish("a", bytes: 256)
        #expect(bench.held("a") == held)
        #expect(bench.mark("a") == mark)
        #expect(bench.log.bytesByRule == [768 * held.count])
    }

    @Test func evictsByAge() {
        var bench = LogBench([.limited(age: 10)])
        bench.publish("a")
        bench.time = 5
        bench.publish("a")
        bench.time = 9
        bench.expire()
        #expect(bench.held("a") == [1, 2])
        bench.time = 10
        bench.expire()
        #expect(bench.held("a") == [2])
        #expect(bench.mark("a") == 1)
        bench.time = 15
        bench.expire()
        #expect(bench.held("a") == [])
        #expect(bench.mark("a") == 2)
    }

    @Test func evictsTheOldestOfAllTopicsByBudget() {
        var bench = LogBench([.limited(budget: 1536)])
        for topic in ["a", "b", "a"] { bench.publish(topic) }
        #expect(bench.log.bytesByRule == [1536])
        bench.publish("c")
        #expect(bench.held("a") == [3])
        #expect(bench.mark("a") == 1)
        bench.publish("c", bytes: 1)
        #expect(bench.held("b") == [])
        #expect(bench.mark("b") == 2)
        #expect(bench.log.bytesByRule == [1025])
        #expect(bench.held("a") == [])
    }

    @Test func whatIsBiggerThanTheBudgetIsHeldUntilTheNextComes() {
        var bench = LogBench([.limited(budget: 600)])
        bench.publish("a", bytes: 128)
        #expect(bench.held("a") == [1])
        #expect(bench.log.bytesByRule == [640])
        bench.publish("b")
        #expect(bench.held("a") == [])
        #expect(bench.mark("a") == 1)
        #expect(bench.held("b") == [2])
    }

    @Test func holdsNothingWhereTheBudgetIsZero() {
        var bench = LogBench([.limited(budget: 0)])
        bench.publish("a")
        #expect(bench.held("a") == [])
        #expect(bench.mark("a") == 1)
        #expect(bench.log.newest == 1)
        #expect(bench.log.bytesByRule == [0])
    }

    /// A sum beyond the largest number once ended the process.
    @Test func agesMayBeAsLongAsCanBeSaid() {
        var bench = LogBench([.limited(age: .max)])
        bench.time = 1000
        bench.publish("a")
        bench.time = .max / 4
        bench.expire()
        #expect(bench.held("a") == [1])
    }

    @Test func rulesHaveBudgetsOfTheirOwn() {
        var bench = LogBench([.limited(budget: 512), .limited("b", budget: 1024)])
        for topic in ["a", "b", "a", "b", "b"] { bench.publish(topic) }
        #expect(bench.log.bytesByRule == [512, 1024])
        #expect(bench.held("a") == [3])
        #expect(bench.held("b") == [4, 5])
    }

    @Test func forgetsTheTopicThatWasPublishedToLongestAgo() {
        var bench = LogBench([.limited(topics: 2)])
        for topic in ["a", "b", "a", "c"] { bench.publish(topic) }
        #expect(bench.held("b") == [])
        #expect(bench.held("a") == [1, 3])
        // The floor stands for every topic that is not known.
        #expect(bench.mark("b") == 2)
        #expect(bench.mark("never") == 2)
        #expect(bench.mark("a") == 0)
        bench.publish("b")
        #expect(bench.held("b") == [5])
        // Once known again, it begins at the floor, which the topic that made room for it has raised.
        #expect(bench.mark("b") == 3)
        #expect(bench.mark("a") == 3)
        #expect(bench.mark("never") == 3)
    }

    @Test func theFloorIsOfItsRuleOnly() {
        var bench = LogBench([.limited(topics: 1), .limited("b", topics: 1)])
        for topic in ["a1", "b1", "a2", "b2"] { bench.publish(topic) }
        #expect(bench.mark("a1") == 1)
        #expect(bench.mark("b1") == 2)
    }

    @Test func theMarkOutlivesThePublications() {
        var bench = LogBench([.limited(age: 10, topics: 2)])
        bench.publish("a")
        bench.time = 10
        bench.expire()
        #expect(bench.mark("a") == 1)
        bench.publish("b")
        bench.publish("c")
        #expect(bench.mark("a") == 1)
        #expect(bench.mark("never") == 1)
    }

    @Test func forgets() {
        var bench = LogBench()
        for topic in ["a", "b", "a"] { bench.publish(topic) }
        #expect(bench.log.forget([Bench.topic("a"), Bench.topic("never")]) == 2)
        #expect(bench.held("a") == [])
        #expect(bench.mark("a") == 3)
        #expect(bench.held("b") == [2])
        #expect(bench.log.forget([Bench.topic("a")]) == 0)
        bench.publish("a")
        #expect(bench.held("a") == [4])
    }

    /// One publication in three topics, of which the last takes the place of the first: once the entry of the first stood
    /// for the last, which was evicted before its turn.
    @Test func aPlaceThatIsTakenAnewIsAnother() {
        var bench = LogBench([.limited(budget: 1536, topics: 2)])
        bench.publish("a", "b", "c")
        #expect(bench.held("a") == [])
        bench.publish("c")
        bench.publish("c")
        // Over the budget by one: the oldest is that of b.
        #expect(bench.held("b") == [])
        #expect(bench.log.bytesByRule == [1536])
        #expect(bench.log.summaries(TopicQuery()).map(\.publications) == [0, 3])
    }

    @Test func manyEvictionsByCountKeepTheBudgetExact() {
        var bench = LogBench([.limited(count: 1, budget: 5120)])
        for round in 0..<5000 { bench.publish("\(round % 7)") }
        #expect(bench.log.bytesByRule == [7 * 512])
        for topic in 0..<20 { bench.publish("x\(topic)") }
        #expect(bench.log.bytesByRule == [5120])
        #expect(bench.held("x19") == [5020])
        #expect(bench.held("x10") == [5011])
        #expect(bench.held("x9") == [])
    }
}
