import Testing

@testable import HalleyHub

/// Subscribers that may go on, but not read history.
@Suite struct ForbiddenHistoryTests {
    /// Three publications of `a` and `b` in turn, 100 ms apart; the last one has just been.
    private func filled() -> Bench {
        let bench = Bench()
        for topic in ["a", "b", "a", "b", "a"] {
            bench.clock.advance(by: 100)
            bench.publish(topic)
        }
        bench.settle()
        return bench
    }

    private func begin(_ bench: Bench, _ starts: (String, StartPoint)...) -> [String] {
        let outlet = bench.attach(starts)
        bench.settle()
        return outlet.take()
    }

    private static func own(_ sequence: UInt64, within: Int64) -> StartPoint {
        .resuming(Cursor(epoch: Bench.epoch, sequence: sequence), within: within)
    }

    @Test func goesOnByACursor() {
        let lines = self.begin(self.filled(), ("a", Self.own(1, within: 1000)))
        #expect(lines == ["hello 1", "got 3 at 3", "got 5 at 5", "live"])
    }

    @Test func isToldOnceWhatItMayNotHaveAndThenGetsWhatIsYounger() {
        let bench = self.filled()
        #expect(
            self.begin(bench, ("a", Self.own(0, within: 150)))
                == ["hello 0", "gap forbidden a after 0 at 4", "got 5 at 5", "live"])
        #expect(
            self.begin(bench, ("a", Self.own(1, within: 0))) == ["hello 1", "gap forbidden a after 1 at 5", "live"])
        #expect(self.begin(bench, ("a", Self.own(5, within: 0))) == ["hello 5", "live"])
    }

    /// A gap is told where something is missing, and nowhere else.
    @Test func isToldNothingWhereNothingIsMissing() {
        let bench = self.filled()
        #expect(self.begin(bench, ("b", Self.own(4, within: 0))) == ["hello 4", "live"])
        #expect(self.begin(bench, ("never", Self.own(0, within: 0))) == ["hello 0", "live"])
    }

    @Test func beginsNowAfterWhatIsNoCursorOfThisLog() {
        let bench = self.filled()
        let other = Cursor(epoch: 1, sequence: 3)
        #expect(
            self.begin(bench, ("a", .resuming(other, within: 1000)))
                == ["hello \(other)", "gap epoch a after \(other) at 5", "live"])
        #expect(
            self.begin(bench, ("a", Self.own(9, within: 1000))) == ["hello 9", "gap future a after 9 at 5", "live"])
        #expect(
            self.begin(bench, ("a", .refused(.forbidden, given: ""))) == [
                "gap forbidden a after  at 5", "hello 5", "live",
            ])
        let malformed = self.begin(bench, ("a", .refused(.malformed, given: "?")))
        #expect(malformed.dropFirst() == ["gap malformed a after ? at 5", "live"])
    }

    @Test func limitsEachTopicByItself() {
        let lines = self.begin(
            self.filled(), ("a", Self.own(0, within: 150)), ("b", .after(Cursor(epoch: Bench.epoch, sequence: 0))))
        #expect(lines.first == "hello 0")
        #expect(lines.contains { $0.hasPrefix("gap forbidden a after 0") })
        #expect(lines.compactMap { $0.hasPrefix("got ") ? $0.split(separator: " ")[1] : nil } == ["2", "4", "5"])
    }

    /// Marks of a cursor, made up or not, lead no further back.
    @Test(arguments: [Cursor.Mark.Kind.late, .start]) func limitsMarks(_ kind: Cursor.Mark.Kind) {
        let marks = [Cursor.Mark(topic: Bench.topic("b").fingerprint, kind: kind, sequence: 0)]
        let covers = [
            nil, Cursor.Cover(topics: Cursor.Cover.fingerprint(of: [Bench.topic("a")]), start: 0),
        ]
        for cover in covers {
            for sequence in [0, 5] as [UInt64] {
                let cursor = Cursor(epoch: Bench.epoch, sequence: sequence, marks: marks, cover: cover)
                let lines = self.begin(
                    self.filled(), ("a", .resuming(cursor, within: 50)), ("b", .resuming(cursor, within: 50)))
                let got = lines.compactMap { $0.hasPrefix("got ") ? $0.split(separator: " ")[1] : nil }
                #expect(Set(got).isSubset(of: ["5"]), "\(cursor): \(lines)")
                #expect(lines.last == "live" || lines.contains("live"), "\(cursor): \(lines)")
            }
        }
    }

    @Test func joinsWithinItsLimit() {
        let bench = self.filled()
        let outlet = bench.attach("never")
        _ = outlet.take()
        outlet.subscriber?.join([(Bench.topic("a"), Self.own(0, within: 150))])
        bench.settle()
        let lines = outlet.take()
        #expect(lines.first?.hasPrefix("gap forbidden a after 0") == true)
        #expect(lines.compactMap { $0.hasPrefix("got ") ? $0.split(separator: " ")[1] : nil } == ["5"])
    }

    /// Who falls behind while it is connected needs no right.
    @Test func catchesUpWhileConnectedWhateverTheAge() {
        var rule = TopicRule(prefix: "")
        rule.slowReaders = .rewind
        let bench = Bench([rule])
        let outlet = bench.attach([("a", Self.own(0, within: 100))])
        bench.publish("a")
        bench.settle()
        outlet.isWritable = false
        bench.publish("a")
        bench.settle()
        bench.publish("a", count: 3)
        bench.settle()
        bench.clock.advance(by: 10_000)
        _ = outlet.take()
        outlet.drained()
        bench.settle()
        #expect(outlet.takeSequences() == [3, 4, 5])
    }
}
