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
        let last = page.publications.last { !self.isCovered($0) } ?? page.publications.last
        return self.cursor(at: last?.sequence ?? page.starts.min() ?? 0, of: page)
    }

    /// The publications of the page with the cursors of a client that comes back after each of them: topics that begin
    /// further on still begin there.
    package func messages(of page: HistoryPage) -> [(publication: Publication, id: Cursor)] {
        let last = max(page.starts.max() ?? 0, self.plan.lateBase ?? 0)
        return page.publications.filter { !self.isCovered($0) }.map { publication in
            (
                publication,
                publication.sequence < last ? self.cursor(at: publication.sequence, of: page) : publication.id
            )
        }
    }

    /// What a late topic shares with one of the others, which has brought it already.
    private func isCovered(_ publication: Publication) -> Bool {
        guard let base = self.plan.lateBase, publication.sequence <= base else { return false }
        return self.plan.entries.contains { entry in
            guard case .after(let sequence) = entry.start else { return false }
            return sequence < publication.sequence && publication.topics.contains(entry.topic)
        }
    }

    private func cursor(at sequence: UInt64, of page: HistoryPage) -> Cursor {
        if let base = self.plan.lateBase, sequence < base, let given = self.plan.given {
            return self.cursor(base, given, progress: sequence, of: page)
        }
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

    /// As long as its late topics are behind the others, the client's own cursor with their progress: what the others have
    /// brought must be known further on.
    private func cursor(_ base: UInt64, _ given: Cursor, progress: UInt64, of page: HistoryPage) -> Cursor {
        let starts = zip(self.plan.all, page.starts).map { (topic: $0.topic.fingerprint, start: $1) }
        let marks = given.marks.map { mark in
            guard mark.kind == .late else { return mark }
            let start = starts.first { $0.topic == mark.topic }?.start ?? mark.sequence
            return Cursor.Mark(topic: mark.topic, kind: .late, sequence: max(start, progress))
        }
        return Cursor(epoch: self.epoch, sequence: base, marks: marks, cover: given.cover)
    }
}
