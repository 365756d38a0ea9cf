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
        self.cursor(at: page.publications.last?.sequence ?? page.starts.min() ?? 0, of: page)
    }

    /// The publications of the page with the cursors of a client that comes back after each of them: topics that begin
    /// further on still begin there.
    package func messages(of page: HistoryPage) -> [(publication: Publication, id: Cursor)] {
        let last = page.starts.max() ?? 0
        return page.publications.map { publication in
            (
                publication,
                publication.sequence < last ? self.cursor(at: publication.sequence, of: page) : publication.id
            )
        }
    }

    private func cursor(at sequence: UInt64, of page: HistoryPage) -> Cursor {
        let missing = Set(page.missing.map(\.topic))
        var exact: [Cursor.Mark] = []
        var soft: [Cursor.Mark] = []
        for (entry, start) in zip(self.plan.all, page.starts) where start > sequence {
            let mark = Cursor.Mark(topic: entry.topic.fingerprint, kind: .start, sequence: start)
            if entry.isExact, !missing.contains(entry.topic) { exact.append(mark) } else { soft.append(mark) }
        }
        // An exact one without a place doubles publications; a soft one brings at worst older ones than were asked for.
        let marks = (exact + soft).prefix(Cursor.maximumMarks)
        return Cursor(epoch: self.epoch, sequence: sequence, marks: Array(marks), cover: nil)
    }
}
