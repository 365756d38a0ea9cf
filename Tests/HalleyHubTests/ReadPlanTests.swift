import Testing

@testable import HalleyHub

/// Each id that a page gives is a cursor like that of the page: who comes back with it gets the rest, once and in order.
@Suite struct ReadPlanTests {
    private var bench = LogBench()

    init() {
        // a: 1 4 7 10, b: 2 5 8 11, c: 3 6 9 12; 13 in a and b.
        for _ in 0..<4 { for topic in ["a", "b", "c"] { self.bench.publish(topic) } }
        self.bench.publish("a", "b")
    }

    typealias Start = (name: String, topics: [(String, StartPoint)], owed: [UInt64])

    static let starts: [Start] = [
        ("one cursor", [("a", Bench.after(4)), ("b", Bench.after(4))], [5, 7, 8, 10, 11, 13]),
        ("cursors of their own", [("a", Bench.after(2)), ("b", Bench.after(8))], [4, 7, 10, 11, 13]),
        (
            "further ahead", [("a", Bench.after(0)), ("b", Bench.after(11)), ("c", Bench.after(9))],
            [1, 4, 7, 10, 12, 13]
        ),
        ("words", [("a", .earliest), ("c", .last(1))], [1, 4, 7, 10, 12, 13]),
        (
            "words and a cursor", [("a", .last(2)), ("b", Bench.after(2)), ("c", .earliest)],
            [3, 5, 6, 8, 9, 10, 11, 12, 13]
        ),
        (
            // a has been seen up to 13, with what it brought after 2; b only up to 5.
            "a late topic", [("a", late), ("b", late)], [8, 11]
        ),
        (
            "marks", [("a", marked), ("b", marked)],  // a from 2, b from 8
            [4, 7, 10, 11, 13]
        ),
    ]

    private static let marked = StartPoint.after(
        Cursor(
            epoch: Bench.epoch, sequence: 2,
            marks: [Cursor.Mark(topic: Bench.topic("b").fingerprint, kind: .start, sequence: 8)], cover: nil))

    private static let late = StartPoint.after(
        Cursor(
            epoch: Bench.epoch, sequence: 13,
            marks: [Cursor.Mark(topic: Bench.topic("b").fingerprint, kind: .late, sequence: 5)],
            cover: Cursor.Cover(topics: Cursor.Cover.fingerprint(of: [Bench.topic("a")]), start: 2)))

    @Test(arguments: starts) func givesIDsToComeBackWith(_ start: Start) {
        let (messages, _) = self.read(start.topics)
        #expect(messages.map(\.sequence) == start.owed)
        for (index, message) in messages.enumerated() {
            let rest = self.read(start.topics.map { ($0.0, .after(message.id)) })
            #expect(rest.messages.map(\.sequence) == Array(start.owed[(index + 1)...]), "after \(message.sequence)")
        }
    }

    /// The last id is the cursor of the page, wherever it ends.
    @Test(arguments: starts, [1, 2, 3, 1000]) func endsWithThePagesCursor(_ start: Start, _ limit: Int) {
        var (topics, got) = (start.topics, [UInt64]())
        while true {
            let page = self.read(topics, limit: limit)
            guard let last = page.messages.last else { break }
            #expect(last.id == page.cursor)
            got += page.messages.map(\.sequence)
            topics = topics.map { ($0.0, .after(page.cursor)) }
        }
        #expect(got == start.owed)
    }

    /// Behind a gap a topic begins at its mark.
    @Test mutating func keepsThePlaceOfATopicThatHasAGap() {
        #expect(self.bench.log.forget([Bench.topic("b")]) == 5)
        let topics = [("a", Bench.after(1)), ("b", Bench.after(1))]
        let (messages, _) = self.read(topics)
        #expect(messages.map(\.sequence) == [4, 7, 10, 13])
        #expect(messages.map { Bench.short($0.id) } == ["4.b:13", "7.b:13", "10.b:13", "13"])
    }

    private func read(
        _ topics: [(String, StartPoint)], limit: Int = 1000
    ) -> (messages: [(sequence: UInt64, id: Cursor)], cursor: Cursor) {
        let plan = ReadPlan(topics.map { (Bench.topic($0.0), $0.1) }, epoch: Bench.epoch)
        let page = self.bench.log.page(
            HistoryQuery(plan.interests, maximumCount: limit), at: LogTime(wall: 0, steady: 0))
        return (plan.messages(of: page).map { ($0.publication.sequence, $0.id) }, plan.cursor(after: page))
    }
}
