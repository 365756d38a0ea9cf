/// Where a subscriber begins in each of its topics, as far as that can be said without the log.
struct StartPlan {
    struct Entry {
        var topic: Topic
        var start: HistoryQuery.Start
        /// The client's own cursor says so: to forget it would double publications. Words and gaps may be forgotten.
        var isExact: Bool
        /// The cursor that it gave, for a gap; empty where it gave none.
        var given: String
        /// Nothing older than so many milliseconds; `nil`: however old.
        var within: Int64?

        /// What a gap of the topic comes after: one that begins now may miss what was evicted before its loop saw it.
        func given(epoch: UInt64) -> String {
            guard self.given.isEmpty, case .after(let sequence) = self.start else { return self.given }
            return Cursor(epoch: epoch, sequence: sequence).description
        }
    }

    let epoch: UInt64
    /// What the client came with, to be said back to it before it is told of a gap: were it cut in between, the gap
    /// would be told again. What is no cursor becomes one of no log. `nil`: it came with none, or several.
    let given: Cursor?
    var entries: [Entry] = []
    /// Topics of a cursor that was cut while they were catching up behind the others.
    var late: [Entry] = []
    /// Set where the cursor had late topics: the position of the others.
    var lateBase: UInt64?
    /// Known before the log is asked: cursors that are none, or of another epoch.
    var gaps: [GapKey: [Topic]] = [:]

    /// Gaps with the same reason and cursor are told in one notice.
    struct GapKey: Hashable {
        var reason: Gap.Reason
        var given: String
    }

    /// Where a topic begins that begins now.
    private let now: HistoryQuery.Start

    /// - Parameter newest: what the shard has delivered.
    init(_ topics: [(topic: Topic, start: StartPoint)], epoch: UInt64, newest: UInt64) {
        self.init(topics, epoch: epoch, now: .after(newest))
    }

    /// - Parameter given: of a topic that is named twice the first counts.
    init(_ given: [(topic: Topic, start: StartPoint)], epoch: UInt64, now: HistoryQuery.Start) {
        let topics = given.uniqued(by: \.topic)
        self.epoch = epoch
        self.now = now
        self.given = Self.given(topics, epoch: epoch)
        let late = Self.cursorWithLateTopics(topics, epoch: epoch)
        let coveredAfter = late.map { Self.coveredAfter($0, topics) }
        self.lateBase = late?.sequence
        for (topic, start) in topics {
            switch start {
            case .now: self.add(topic, now, isExact: false)
            case .earliest: self.add(topic, .earliest, isExact: false)
            case .last(let count): self.add(topic, .last(count), isExact: false)
            case .malformed(let text): self.addGap(topic, .malformed, given: text, then: .earliest)
            case .refused(let reason, let text): self.addGap(topic, reason, given: text, then: now)
            case .after(let cursor) where cursor.epoch != epoch:
                self.addGap(topic, .epoch, given: cursor.description, then: .earliest)
            case .resuming(let cursor, within: _) where cursor.epoch != epoch:
                self.addGap(topic, .epoch, given: cursor.description, then: now)
            case .after(let cursor): self.add(topic, after: cursor, within: nil, coveredAfter: coveredAfter)
            case .resuming(let cursor, let within):
                self.add(topic, after: cursor, within: within, coveredAfter: coveredAfter)
            }
        }
        guard self.entries.isEmpty, !self.late.isEmpty else { return }
        swap(&self.entries, &self.late)
        self.lateBase = nil
    }

    var all: [Entry] { self.entries + self.late }

    /// With every start at what the shard has delivered, there is nothing to read.
    func isNow(_ newest: UInt64) -> Bool {
        self.gaps.isEmpty && self.late.isEmpty && self.entries.allSatisfy { $0.start == .after(newest) }
    }

    /// Topics that were left while the log was asked.
    /// - Parameter starts: the answer, in the order of ``all``.
    mutating func leave(_ topics: Set<Topic>, starts: inout [UInt64]) {
        starts = zip(self.all, starts).filter { !topics.contains($0.0.topic) }.map(\.1)
        self.entries.removeAll { topics.contains($0.topic) }
        self.late.removeAll { topics.contains($0.topic) }
        self.gaps = self.gaps.mapValues { $0.filter { !topics.contains($0) } }.filter { !$0.value.isEmpty }
    }

    // MARK: -

    private mutating func add(
        _ topic: Topic, _ start: HistoryQuery.Start, isExact: Bool, given: String = "", within: Int64? = nil
    ) {
        self.entries.append(Entry(topic: topic, start: start, isExact: isExact, given: given, within: within))
    }

    private mutating func addGap(
        _ topic: Topic, _ reason: Gap.Reason, given: String, then start: HistoryQuery.Start
    ) {
        self.gaps[GapKey(reason: reason, given: given), default: []].append(topic)
        self.add(topic, start, isExact: false)
    }

    /// - Parameter coveredAfter: set with late topics about: then a start tells what the topic has brought already
    ///   (see ``Subscriber/isOwedLate(_:)``), and the position is that of the cursor.
    private mutating func add(_ topic: Topic, after cursor: Cursor, within: Int64?, coveredAfter: UInt64?) {
        let sequence: UInt64
        switch cursor.mark(for: topic) {
        case let mark? where mark.kind == .start && coveredAfter == nil:
            // Below the cursor's own sequence it only tells what the topic has brought.
            sequence = max(mark.sequence, cursor.sequence)
        case let mark?: sequence = mark.sequence
        case nil: sequence = coveredAfter ?? cursor.sequence
        }
        let entry = Entry(
            topic: topic, start: .after(sequence), isExact: true, given: cursor.description, within: within)
        let isLate = coveredAfter != nil && cursor.mark(for: topic)?.kind == .late
        if isLate { self.late.append(entry) } else { self.entries.append(entry) }
    }

    private static func given(_ topics: [(topic: Topic, start: StartPoint)], epoch: UInt64) -> Cursor? {
        guard let start = topics.first?.start, let given = Self.saidBack(start, epoch: epoch) else { return nil }
        return topics.allSatisfy { Self.saidBack($0.start, epoch: epoch) == given } ? given : nil
    }

    private static func saidBack(_ start: StartPoint, epoch: UInt64) -> Cursor? {
        switch start {
        case .after(let cursor), .resuming(let cursor, within: _): cursor
        case .malformed, .refused(.malformed, given: _): Cursor(epoch: ~epoch, sequence: 0)
        case .now, .earliest, .last, .refused: nil
        }
    }

    /// The one cursor of all topics, where it has late marks.
    private static func cursorWithLateTopics(
        _ topics: [(topic: Topic, start: StartPoint)], epoch: UInt64
    ) -> Cursor? {
        guard let cursor = topics.first?.start.cursor, cursor.epoch == epoch, cursor.hasLateMarks,
            topics.allSatisfy({ $0.start.cursor == cursor })
        else { return nil }
        return cursor
    }

    /// What the topics that are not late have brought already: unknown, so nothing, where they are not the same set.
    private static func coveredAfter(_ cursor: Cursor, _ topics: [(topic: Topic, start: StartPoint)]) -> UInt64 {
        let main = topics.lazy.map(\.topic).filter { cursor.mark(for: $0)?.kind != .late }
        guard let cover = cursor.cover, cover.topics == Cursor.Cover.fingerprint(of: main) else {
            return cursor.sequence
        }
        return cover.start
    }
}
