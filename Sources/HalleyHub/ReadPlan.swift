/// How a client that reads the log page by page by itself asks for the next one.
package struct ReadPlan: Sendable {
    private let plan: StartPlan
    private let epoch: UInt64
    package let interests: [HistoryQuery.Interest]

    /// - Parameter topics: with where each begins; ``StartPoint/now``: with nothing that is held.
    package init(_ topics: [(topic: Topic, start: StartPoint)], epoch: UInt64) {
        let plan = StartPlan(topics, epoch: epoch, now: .now)
        self.plan = plan
        self.epoch = epoch
        self.interests = plan.allInterests
    }

    package func gaps(with page: HistoryPage) -> [Gap] { self.plan.gaps(with: page) }

    /// Where the client goes on: after the last publication of the page; where there is none, where it stood. So the
    /// cursor changes only with what the client asked for, however busy other topics are.
    package func cursor(after page: HistoryPage) -> Cursor {
        let sequence = page.publications.last?.sequence ?? page.starts.min() ?? 0
        let ahead = zip(self.interests, page.starts).filter { $0.1 > sequence }
        let marks = ahead.prefix(Cursor.maximumMarks).map {
            Cursor.Mark(topic: $0.0.topic.fingerprint, kind: .start, sequence: $0.1)
        }
        return Cursor(epoch: self.epoch, sequence: sequence, marks: marks, cover: nil)
    }
}
