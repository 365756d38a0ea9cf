import HalleyHub
import Testing

@Suite struct LogPageTests {
    private func filled() -> LogBench {
        var bench = LogBench([.limited(count: 3)])
        // a: 1 4 6 8, b: 2 4 7, c: 3 5
        for topics in [["a"], ["b"], ["c"], ["a", "b"], ["c"], ["a"], ["b"], ["a"]] {
            if topics.count == 2 { bench.publish(topics[0], topics[1]) } else { bench.publish(topics[0]) }
        }
        return bench
    }

    @Test func mergesTopicsInLogOrder() {
        let page = self.filled().page([("a", .earliest), ("b", .earliest), ("c", .earliest)])
        #expect(page.publications.map(\.sequence) == [2, 3, 4, 5, 6, 7, 8])
        #expect(page.starts == [1, 0, 0])
        #expect(page.reached == 8)
        #expect(page.isLast)
        #expect(page.missing.isEmpty)
    }

    @Test func limitsByCount() {
        let bench = self.filled()
        let page = bench.page([("a", .earliest), ("b", .earliest)], count: 2)
        #expect(page.publications.map(\.sequence) == [2, 4])
        #expect(page.reached == 4)
        #expect(!page.isLast)
        let next = bench.page([("a", .after(4)), ("b", .after(4))], count: 3)
        #expect(next.publications.map(\.sequence) == [6, 7, 8])
        #expect(next.reached == 8)
        #expect(next.isLast)
    }

    @Test func asksForNothingButStarts() {
        let page = self.filled().page([("a", .last(2)), ("b", .after(1))], count: 0)
        #expect(page.publications.isEmpty)
        #expect(page.starts == [4, 1])
        #expect(page.reached == 8)
    }

    @Test func limitsByBytesButBringsOne() {
        let bench = self.filled()
        #expect(bench.page([("a", .earliest)], bytes: 1).publications.map(\.sequence) == [4])
        #expect(bench.page([("a", .earliest)], bytes: 256).publications.map(\.sequence) == [4])
        #expect(bench.page([("a", .earliest)], bytes: 257).publications.map(\.sequence) == [4, 6])
    }

    @Test func nothingBeyondThrough() {
        let page = self.filled().page([("a", .earliest)], through: 6)
        #expect(page.publications.map(\.sequence) == [4, 6])
        #expect(page.reached == 6)
        #expect(page.isLast)
        #expect(self.filled().page([("a", .earliest)], through: 100).reached == 8)
    }

    @Test(arguments: [(0, UInt64(8)), (1, 6), (2, 4), (3, 1), (4, 1), (100_000, 1)])
    func lastN(_ count: Int, _ start: UInt64) {
        #expect(self.filled().page([("a", .last(count))]).starts == [start])
    }

    @Test func wordsOfTopicsThatNothingIsKnownOf() {
        let page = self.filled().page([("never", .last(3)), ("nor", .earliest), ("this", .after(5))])
        #expect(page.starts == [0, 0, 5])
        #expect(page.publications.isEmpty)
        #expect(page.missing.isEmpty)
    }

    /// Complete if and only if the cursor is not below the mark and not of the future.
    @Test(arguments: [
        (UInt64(0), UInt64(1), Gap.Reason?.some(.evicted)), (1, 1, nil), (2, 2, nil), (8, 8, nil),
        (9, 1, .some(.future)), (.max, 1, .some(.future)),
    ])
    func completeOrMissing(_ after: UInt64, _ start: UInt64, _ reason: Gap.Reason?) {
        let page = self.filled().page([("a", .after(after))])
        #expect(page.starts == [start])
        #expect(page.missing.map(\.reason) == (reason.map { [$0] } ?? []))
        #expect(page.missing.allSatisfy { $0.mark == 1 })
    }

    /// Sequences 1–3 at 0, 100 and 200 ms; 4 is of another topic, at 300.
    private func aged() -> LogBench {
        var bench = LogBench([.limited()])
        for topic in ["a", "a", "a", "b"] {
            bench.publish(topic)
            bench.time += 100
        }
        return bench
    }

    /// At 400 ms: what is older than the limit is missing, and only where there is any.
    @Test(arguments: [
        (UInt64(0), Int64(401), UInt64(0), Gap.Reason?.none), (0, 400, 1, .forbidden), (1, 400, 1, nil),
        (0, 250, 2, .forbidden), (1, 250, 2, .forbidden), (2, 250, 2, nil), (3, 250, 3, nil), (0, 150, 3, .forbidden),
        (3, 0, 3, nil), (0, 0, 4, .forbidden), (4, 0, 4, nil), (5, 401, 4, .future), (.max, 0, 4, .future),
        (0, .max, 0, nil),
    ])
    func nothingOlderThanItMay(_ after: UInt64, _ within: Int64, _ start: UInt64, _ reason: Gap.Reason?) {
        let bench = self.aged()
        let interest = HistoryQuery.Interest(Bench.topic("a"), .after(after), within: within)
        let page = bench.log.page(HistoryQuery([interest]), at: LogTime(wall: bench.time, steady: bench.time))
        #expect(page.starts == [start])
        #expect(page.missing.map(\.reason) == (reason.map { [$0] } ?? []))
        #expect(page.missing.allSatisfy { $0.mark == start })
        #expect(page.publications.map(\.sequence) == (1...3).filter { $0 > start })
    }

    /// What is no longer held is told as such, also to who may not have it.
    @Test func evictedBeforeForbidden() {
        var bench = self.aged()
        _ = bench.log.forget([Bench.topic("a")])
        let interest = HistoryQuery.Interest(Bench.topic("a"), .after(1), within: 150)
        let page = bench.log.page(HistoryQuery([interest]), at: LogTime(wall: bench.time, steady: bench.time))
        #expect(page.missing.map(\.reason) == [.evicted])
        #expect(page.starts == [3])
    }

    @Test func beginsNowAtTheNewestOfAll() {
        let page = self.aged().page([("a", .now), ("never", .now)])
        #expect(page.starts == [4, 4])
        #expect(page.publications.isEmpty)
        #expect(page.missing.isEmpty)
    }

    @Test func aTopicNamedTwiceCountsOnce() {
        let page = self.filled().page([("a", .after(4)), ("b", .after(4)), ("a", .after(0))])
        #expect(page.publications.map(\.sequence) == [6, 7, 8])
        #expect(page.starts == [4, 4])
        #expect(page.missing.isEmpty)
    }

    /// A sum beyond the largest number once ended the process, and so did a range that ends before it begins.
    @Test(arguments: [Int.max, 3, 0, -1, .min]) func takesAnyNumber(_ count: Int) {
        let page = self.filled().page([("a", .after(4))], count: count)
        #expect(page.publications.map(\.sequence) == (count > 0 ? [6, 8] : []))
        let start: UInt64 = count > 0 ? 1 : 8
        #expect(self.filled().page([("a", .last(count))]).starts == [start])
    }

    @Test func summaries() {
        let bench = self.filled()
        let all = bench.log.summaries(TopicQuery())
        #expect(all.map(\.topic.name) == ["a", "b", "c"])
        #expect(all.map(\.publications) == [3, 3, 2])
        #expect(all.map(\.bytes) == [1536, 1536, 1024])
        #expect(all.map(\.newest?.sequence) == [8, 7, 5])
        #expect(bench.log.summaries(TopicQuery(after: "a", limit: 1)).map(\.topic.name) == ["b"])
        #expect(bench.log.summaries(TopicQuery(prefix: "c")).map(\.topic.name) == ["c"])
    }
}
