import DequeModule

/// The one ordered sequence of all publications, and what it still holds: a value, without clock or lock.
///
/// Announcements of presence are held apart, within limits of their own, and nobody is owed them: so they never take the
/// place of other publications, and one that is no longer held is no gap. Where some may subscribe that may not read history,
/// none are held: they are no part of what the log judges by age.
package struct Log {
    private struct AnnouncementLog {
        let rule: Int
        var log: RuleLog
    }

    package let epoch: UInt64
    package private(set) var newest: UInt64 = 0
    private let rules: TopicRules
    private var logs: [RuleLog]
    private var names = TopicNames()
    /// Of those rules only that have announcements.
    private var announcements: [AnnouncementLog]
    private var announcedNames = TopicNames()

    package init(epoch: UInt64, rules: TopicRules) {
        self.epoch = epoch
        self.rules = rules
        self.logs = rules.all.map { RuleLog(rule: $0.forPublications) }
        self.announcements = rules.all.indices.filter { rules.all[$0].holdsAnnouncements }.map {
            AnnouncementLog(rule: $0, log: RuleLog(rule: rules.all[$0].forAnnouncements))
        }
    }

    /// Gives each draft the next number.
    package mutating func append(_ drafts: [PublicationDraft], at time: LogTime) -> [Publication] {
        drafts.map { draft in
            self.newest += 1
            let publication = Publication(sequence: self.newest, epoch: self.epoch, time: time.wall, draft: draft)
            for topic in publication.topics {
                let rule = self.rules.index(for: topic)
                if publication.isAnnouncement {
                    self.announce(publication, in: topic, rule: rule, at: time.steady)
                } else {
                    self.logs[rule].append(publication, to: topic, at: time.steady, names: &self.names)
                }
            }
            return publication
        }
    }

    private mutating func announce(_ publication: Publication, in topic: Topic, rule: Int, at time: Int64) {
        for index in self.announcements.indices where self.announcements[index].rule == rule {
            self.announcements[index].log.append(publication, to: topic, at: time, names: &self.announcedNames)
        }
    }

    package mutating func expire(at time: LogTime) {
        for index in self.logs.indices { self.logs[index].expire(at: time.steady) }
        for index in self.announcements.indices { self.announcements[index].log.expire(at: time.steady) }
    }

    /// - Returns: how many were held.
    package mutating func forget(_ topics: [Topic]) -> Int {
        var count = 0
        for topic in topics {
            let rule = self.rules.index(for: topic)
            count += self.logs[rule].forget(topic)
            for index in self.announcements.indices where self.announcements[index].rule == rule {
                count += self.announcements[index].log.forget(topic)
            }
        }
        return count
    }

    /// Bytes held under each rule, in the order of ``TopicRules/all``.
    package var bytesByRule: [Int] {
        var bytes = self.logs.map(\.bytes)
        for announced in self.announcements { bytes[announced.rule] += announced.log.bytes }
        return bytes
    }

    package func evictedThrough(_ topic: Topic) -> UInt64 {
        self.logs[self.rules.index(for: topic)].evictedThrough(topic)
    }

    package func summaries(_ query: TopicQuery) -> [TopicSummary] {
        var names = self.names.page(query)
        if !self.announcedNames.isEmpty {
            names = Array(Set(names + self.announcedNames.page(query)).sorted().prefix(query.limit))
        }
        return names.map(self.summary)
    }

    private func summary(_ topic: Topic) -> TopicSummary {
        let rule = self.rules.index(for: topic)
        var summary = TopicSummary(topic: topic)
        if let history = self.logs[rule][topic] { self.add(history, to: &summary) }
        if let announced = self.announcements(of: topic, rule: rule) { self.add(announced, to: &summary) }
        return summary
    }

    private func add(_ history: TopicHistory, to summary: inout TopicSummary) {
        summary.publications += history.held.count
        summary.bytes += history.bytes
        summary.newest = Cursor(epoch: self.epoch, sequence: max(summary.newest?.sequence ?? 0, history.newest))
    }

    private func announcements(of topic: Topic, rule: Int) -> TopicHistory? {
        self.announcements.first { $0.rule == rule }?.log[topic]
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
            let rule = self.rules.index(for: interest.topic)
            if let history = self.logs[rule][interest.topic] { merge.add(history, after: start) }
            if let announced = self.announcements(of: interest.topic, rule: rule) { merge.add(announced, after: start) }
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

    /// The next publications: so many at most, and no further one when they have that many bytes.
    mutating func take(count: Int, bytes: Int) -> [Publication] {
        if self.sources.count == 1 { return self.takeOfOne(max(0, count), bytes) }
        var taken: [Publication] = []
        var size = 0
        while taken.count < count, size < bytes, let next = self.next() {
            size += next.size
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
        let taken = history.publications(in: start..<(start + min(end - start, count)), bytes: bytes)
        if start + taken.count == end { self.sources.removeAll() } else { self.sources[0].index += taken.count }
        return taken
    }

    private func head(of source: Source) -> Publication? {
        guard source.index < source.history.held.count else { return nil }
        let publication = source.history.held[source.index]
        return publication.sequence <= self.through ? publication : nil
    }
}
