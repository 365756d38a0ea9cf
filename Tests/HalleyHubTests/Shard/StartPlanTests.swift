import Testing

@testable import HalleyHub

@Suite struct StartPlanTests {
    private let a = Bench.topic("a")
    private let b = Bench.topic("b")
    private let late = Cursor(
        epoch: Bench.epoch, sequence: 20,
        marks: [
            Cursor.Mark(topic: Bench.topic("b").fingerprint, kind: .late, sequence: 7),
            Cursor.Mark(topic: Bench.topic("c").fingerprint, kind: .start, sequence: 4),
        ],
        cover: Cursor.Cover(topics: Cursor.Cover.fingerprint(of: ["a", "c"].map(Bench.topic)), start: 9))

    private func plan(_ starts: [(String, StartPoint)], newest: UInt64 = 10) -> StartPlan {
        StartPlan(starts.map { (Bench.topic($0.0), $0.1) }, epoch: Bench.epoch, newest: newest)
    }

    private func starts(_ entries: [StartPlan.Entry]) -> [String: HistoryQuery.Start] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.topic.name, $0.start) })
    }

    @Test func words() {
        let plan = self.plan([("a", .now), ("b", .earliest), ("c", .last(3))])
        #expect(plan.entries.map(\.start) == [.after(10), .earliest, .last(3)])
        #expect(plan.entries.allSatisfy { !$0.isExact })
        #expect(plan.gaps.isEmpty)
        #expect(plan.given == nil)
    }

    @Test func nowNeedsNoLog() {
        #expect(self.plan([("a", .now), ("b", Bench.after(10))]).isNow(10))
        #expect(self.plan([]).isNow(10))
        #expect(!self.plan([("a", .now), ("b", Bench.after(9))]).isNow(10))
        #expect(!self.plan([("a", .malformed("?"))]).isNow(10))
        #expect(!self.plan([("a", .after(self.late)), ("b", .after(self.late)), ("c", .after(self.late))]).isNow(20))
    }

    @Test func gapsThatAreKnownBefore() {
        let other = Cursor(epoch: 1, sequence: 3)
        let plan = self.plan([("a", .malformed("?")), ("b", .after(other)), ("c", .malformed("?"))])
        #expect(plan.entries.map(\.start) == [.earliest, .earliest, .earliest])
        #expect(plan.gaps[.init(reason: .malformed, given: "?")] == ["a", "c"].map(Bench.topic))
        #expect(plan.gaps[.init(reason: .epoch, given: other.description)] == [self.b])
    }

    @Test func goingOnWithoutTheRightToHistory() {
        let own = Cursor(epoch: Bench.epoch, sequence: 3)
        let other = Cursor(epoch: 1, sequence: 3)
        let plan = self.plan([
            ("a", .resuming(own, within: 5)), ("b", .resuming(other, within: 5)),
            ("c", .refused(.forbidden, given: "")), ("d", .refused(.malformed, given: "?")),
        ])
        #expect(plan.entries.map(\.start) == [.after(3), .after(10), .after(10), .after(10)])
        #expect(plan.entries.map(\.within) == [5, nil, nil, nil])
        #expect(plan.gaps[.init(reason: .epoch, given: other.description)] == [self.b])
        #expect(plan.gaps[.init(reason: .forbidden, given: "")] == [Bench.topic("c")])
        #expect(plan.gaps[.init(reason: .malformed, given: "?")] == [Bench.topic("d")])
        #expect(self.plan([("a", .resuming(own, within: 5)), ("b", .after(own))]).given == own)
        #expect(self.plan([("a", .refused(.malformed, given: "?"))]).given?.epoch != Bench.epoch)
        #expect(self.plan([("a", .refused(.forbidden, given: ""))]).given == nil)
    }

    @Test func lateTopicsWithoutTheRightToHistory() {
        let plan = self.plan(["a", "b", "c"].map { ($0, .resuming(self.late, within: 5)) })
        #expect(plan.lateBase == 20)
        #expect(self.starts(plan.late) == ["b": .after(7)])
        #expect(plan.allInterests.allSatisfy { $0.within == 5 })
    }

    @Test func theHelloBeforeAGap() {
        #expect(self.plan([("a", Bench.after(3)), ("b", Bench.after(3))]).given?.sequence == 3)
        #expect(self.plan([("a", .malformed("?"))]).given?.epoch != Bench.epoch)
        #expect(self.plan([("a", Bench.after(3)), ("b", Bench.after(4))]).given == nil)
    }

    @Test func oneCursorWithLateTopics() {
        let plan = self.plan(["a", "b", "c"].map { ($0, .after(self.late)) })
        #expect(plan.lateBase == 20)
        #expect(self.starts(plan.entries) == ["a": .after(9), "c": .after(4)])
        #expect(self.starts(plan.late) == ["b": .after(7)])
        #expect(plan.query(.after(9)) == .after(20))
        #expect(plan.query(.after(25)) == .after(25))
    }

    /// Another set of topics: what the others have brought is not known.
    @Test func lateTopicsAndAnotherSet() {
        let plan = self.plan([("a", .after(self.late)), ("b", .after(self.late))])
        #expect(self.starts(plan.entries) == ["a": .after(20)])
        #expect(self.starts(plan.late) == ["b": .after(7)])
    }

    /// Once they began at what the others had brought, and came twice.
    @Test func withoutTheLateTopicsTheOthersGoOnWhereTheyWere() {
        let plan = self.plan([("a", .after(self.late)), ("c", .after(self.late))])
        #expect(plan.late.isEmpty)
        #expect(plan.lateBase == 20)
        #expect(plan.entries.map { plan.query($0.start) } == [.after(20), .after(20)])
        let page = HistoryPage(publications: [], missing: [], starts: [20, 20], reached: 30, isLast: true)
        #expect(plan.position(with: page, hasGaps: false) == 20)
    }

    /// Once a start below the cursor's own sequence was believed.
    @Test func amongOtherCursorsAStartBelowTellsNothing() {
        let plan = self.plan([("c", .after(self.late)), ("b", .after(self.late)), ("a", Bench.after(3))])
        #expect(plan.lateBase == nil)
        #expect(self.starts(plan.entries) == ["a": .after(3), "b": .after(7), "c": .after(20)])
    }

    @Test func onlyLateTopicsAreLateToNobody() {
        let plan = self.plan([("b", .after(self.late))])
        #expect(self.starts(plan.entries) == ["b": .after(7)])
        #expect(plan.late.isEmpty)
        #expect(plan.lateBase == nil)
    }

    @Test(arguments: [
        ([UInt64(5), 5], false, UInt64(5)), ([5, 7], false, 5), ([9, 11], false, 7), ([5, 5], true, 7),
    ])
    func position(_ cursors: [UInt64], _ hasGaps: Bool, _ expected: UInt64) {
        var bench = LogBench()
        for _ in 0..<8 { bench.publish("x") }
        let publication = bench.page([("x", .after(7))]).publications
        let page = HistoryPage(publications: publication, missing: [], starts: [], reached: 10, isLast: true)
        let plan = self.plan(zip(["a", "b"], cursors).map { ($0, Bench.after($1)) })
        #expect(plan.position(with: page, hasGaps: hasGaps) == expected)
    }

    /// A loop that is behind must not take the others back behind their common position.
    @Test func positionWithLateTopicsAndAGap() {
        let plan = self.plan(["a", "b", "c"].map { ($0, .after(self.late)) })
        let page = HistoryPage(publications: [], missing: [], starts: [], reached: 10, isLast: true)
        #expect(plan.position(with: page, hasGaps: true) == 20)
        #expect(plan.position(with: page, hasGaps: false) == 20)
    }

    @Test func whatWasLeftMeanwhile() {
        var plan = self.plan([("a", .malformed("?")), ("b", Bench.after(3)), ("c", .malformed("?"))])
        var starts: [UInt64] = [1, 2, 3]
        plan.leave([self.a], starts: &starts)
        #expect(starts == [2, 3])
        #expect(plan.entries.map(\.topic.name) == ["b", "c"])
        #expect(plan.gaps.values.map { $0 } == [[Bench.topic("c")]])
        plan.leave([Bench.topic("c")], starts: &starts)
        #expect(plan.gaps.isEmpty)
    }
}
