/// How a client that reads the log page by page by itself asks for the next one.
package struct ReadPlan: Sendable {
    private let plan: StartPlan
    private let epoch: UInt64
    package let interests: [HistoryQuery.Interest]

    /// - Parameter topics: ``StartPoint/now`` has no meaning here.
    package init(_ topics: [(topic: Topic, start: StartPoint)], epoch: UInt64) {
        let plan = StartPlan(topics, epoch: epoch, newest: 0)
        self.plan = plan
        self.epoch = epoch
        self.interests = (plan.entries.map { HistoryQuery.Interest($0.topic, plan.query($0.start)) })
            + plan.late.map { HistoryQuery.Interest($0.topic, $0.start) }
    }

    package func gaps(with page: HistoryPage) -> [Gap] { self.plan.gaps(with: page) }

    /// Where the client goes on.
    package func cursor(after page: HistoryPage) -> Cursor {
        let ahead = zip(self.interests, page.starts).filter { $0.1 > page.reached }
        let marks = ahead.prefix(Cursor.maximumMarks).map {
            Cursor.Mark(topic: $0.0.topic.fingerprint, kind: .start, sequence: $0.1)
        }
        return Cursor(epoch: self.epoch, sequence: page.reached, marks: marks, cover: nil)
    }
}
