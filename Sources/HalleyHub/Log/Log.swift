import DequeModule

/// The one ordered sequence of all publications, and what it still holds: a value, without clock or lock.
package struct Log {
    package let epoch: UInt64
    package private(set) var newest: UInt64 = 0
    private let rules: TopicRules
    private var logs: [RuleLog]

    package init(epoch: UInt64, rules: TopicRules) {
        self.epoch = epoch
        self.rules = rules
        self.logs = rules.all.map(RuleLog.init)
    }

    /// Gives each draft the next number. What is too big for its topic's history is numbered all the same.
    package mutating func append(_ drafts: [PublicationDraft], at time: LogTime) -> [Publication] {
        drafts.map { draft in
            self.newest += 1
            let publication = Publication(sequence: self.newest, epoch: self.epoch, time: time.wall, draft: draft)
            for topic in publication.topics {
                self.logs[self.rules.index(for: topic)].append(publication, to: topic, at: time.steady)
            }
            return publication
        }
    }

    package mutating func expire(at time: LogTime) {
        for index in self.logs.indices { self.logs[index].expire(at: time.steady) }
    }

    package mutating func forget(_ topics: [Topic]) -> Int {
        topics.reduce(0) { $0 + self.logs[self.rules.index(for: $1)].forget($1) }
    }

    /// Bytes held under each rule, in the order of ``TopicRules/all``.
    package var bytesByRule: [Int] { self.logs.map(\.bytes) }

    package func evictedThrough(_ topic: Topic) -> UInt64 {
        self.logs[self.rules.index(for: topic)].evictedThrough(topic)
    }

    package func summaries(_ query: TopicQuery) -> [TopicSummary] {
        let names = self.logs.flatMap { log in
            log.topics.filter {
                $0.name.utf8.starts(with: query.prefix.utf8)
                    && query.after.utf8.lexicographicallyPrecedes($0.name.utf8)
            }
        }
        return names.sorted().prefix(query.limit).compactMap { topic in
            guard let history = self.logs[self.rules.index(for: topic)][topic] else { return nil }
            return TopicSummary(
                topic: topic, publications: history.held.count, bytes: history.bytes,
                newest: Cursor(epoch: self.epoch, sequence: history.newest))
        }
    }

    // MARK: - Reading

    /// - Parameter time: what the age of publications is measured against.
    package func page(_ query: HistoryQuery, at time: LogTime) -> HistoryPage {
        let through = min(query.through ?? self.newest, self.newest)
        var page = HistoryPage(publications: [], missing: [], starts: [], reached: through, isLast: true)
        var merge = HistoryMerge(through: through)
        for interest in query.interests {
            let start = self.start(of: interest, at: time.steady, missing: &page.missing)
            page.starts.append(start)
            if let history = self.logs[self.rules.index(for: interest.topic)][interest.topic] {
                merge.add(history, after: start)
            }
        }
        page.publications = merge.take(count: query.maximumCount, bytes: query.maximumBytes)
        if !merge.isAtEnd, let last = page.publications.last {
            page.reached = last.sequence
            page.isLast = false
        }
        return page
    }

    /// Where an interest begins; a start that the topic no longer reaches back to begins at its mark, and is told.
    private func start(
        of interest: HistoryQuery.Interest, at time: Int64, missing: inout [HistoryPage.Missing]
    ) -> UInt64 {
        let log = self.logs[self.rules.index(for: interest.topic)]
        let mark = log.evictedThrough(interest.topic)
        let sequence: UInt64
        switch interest.start {
        case .now: return self.newest
        case .earliest: sequence = mark
        case .last(let count): sequence = log[interest.topic]?.sequence(beforeLast: count) ?? mark
        case .after(let given): sequence = given
        }
        guard let (begin, reason) = self.loss(after: sequence, of: interest, in: log, at: time) else { return sequence }
        missing.append(HistoryPage.Missing(topic: interest.topic, mark: begin, reason: reason))
        return begin
    }

    /// - Returns: where the topic begins instead, and why; `nil` where nothing after the sequence is missing.
    private func loss(
        after sequence: UInt64, of interest: HistoryQuery.Interest, in log: RuleLog, at time: Int64
    ) -> (UInt64, Gap.Reason)? {
        let mark = log.evictedThrough(interest.topic)
        if sequence > self.newest { return (interest.within == nil ? mark : self.newest, .future) }
        guard let within = interest.within else { return sequence < mark ? (mark, .evicted) : nil }
        let tooOld = log.newest(olderThan: within, at: time)
        if log[interest.topic]?.isHolding(after: sequence, through: tooOld) == true { return (tooOld, .forbidden) }
        return sequence < mark ? (max(mark, tooOld), .evicted) : nil
    }
}

/// Merges the histories of several topics in log order; a publication of several of them comes once.
private struct HistoryMerge {
    private struct Source {
        var history: TopicHistory
        var index: Int
    }

    private let through: UInt64
    private var sources: [Source] = []

    init(through: UInt64) { self.through = through }

    mutating func add(_ history: TopicHistory, after sequence: UInt64) {
        let source = Source(history: history, index: history.index(after: sequence))
        if self.head(of: source) != nil { self.sources.append(source) }
    }

    var isAtEnd: Bool { self.sources.isEmpty }

    /// The next publications: so many at most, and no further one when they cost that many bytes.
    mutating func take(count: Int, bytes: Int) -> [Publication] {
        if self.sources.count == 1 { return self.takeOfOne(count, bytes) }
        var taken: [Publication] = []
        var cost = 0
        while taken.count < count, cost < bytes, let next = self.next() {
            cost += next.cost
            taken.append(next)
        }
        return taken
    }

    private mutating func next() -> Publication? {
        guard let publication = self.sources.lazy.compactMap(self.head).min(by: { $0.sequence < $1.sequence }) else {
            return nil
        }
        for index in self.sources.indices.reversed()
        where self.head(of: self.sources[index])?.sequence == publication.sequence {
            self.sources[index].index += 1
            if self.head(of: self.sources[index]) == nil { self.sources.remove(at: index) }
        }
        return publication
    }

    /// The usual case, without a look at each: when a crowd comes back, all of them read the same.
    private mutating func takeOfOne(_ count: Int, _ bytes: Int) -> [Publication] {
        let (history, start) = (self.sources[0].history, self.sources[0].index)
        let end = history.index(after: self.through)
        let taken = history.publications(in: start..<min(end, start + count), bytes: bytes)
        if start + taken.count == end { self.sources.removeAll() } else { self.sources[0].index += taken.count }
        return taken
    }

    private func head(of source: Source) -> Publication? {
        guard source.index < source.history.held.count else { return nil }
        let publication = source.history.held[source.index]
        return publication.sequence <= self.through ? publication : nil
    }
}
