/// Reading the log, page by page: nothing is queued that is live, so that a resume of any length needs one page.
extension Subscriber {
    // MARK: - The first page

    func readFirst(_ topics: [(topic: Topic, start: StartPoint)]) {
        let newest = self.shard.deliveredThrough
        if topics.allSatisfy(\.start.isNow) { return self.beginNow(topics, newest) }
        let plan = StartPlan(topics, epoch: self.shard.epoch, newest: newest)
        if plan.isNow(newest) {
            let page = HistoryPage(
                publications: [], missing: [], starts: plan.entries.map { _ in newest }, reached: newest, isLast: true)
            return self.began(plan, page)
        }
        self.reading = .first(plan)
        let interests = plan.entries.map(plan.interest)
        self.shard.read(HistoryQuery(interests, through: newest), for: self)
    }

    /// Called with the page that was asked for.
    func arrived(_ result: Result<HistoryPage, EngineError>) {
        guard let asked = self.reading else { return }
        self.reading = nil
        if case .ended = self.mode { return }
        guard case .success(let answer) = result else { return self.end(.internalError) }
        let (reading, page) = self.withoutLeft(asked, answer)
        switch reading {
        case .first(let plan): self.began(plan, page)
        case .main: self.advance(page)
        case .late: self.advanceLate(page)
        case .join(let plan, let asked): self.joined(plan, page, asked)
        }
    }

    /// What was left meanwhile must neither come nor come back.
    private func withoutLeft(_ reading: Reading, _ answer: HistoryPage) -> (Reading, HistoryPage) {
        let left = self.leftWhileReading
        if left.isEmpty { return (reading, answer) }
        self.leftWhileReading = []
        var page = answer
        page.missing.removeAll { left.contains($0.topic) }
        switch reading {
        case .first(var plan):
            plan.leave(left, starts: &page.starts)
            page.keep(zip(plan.entries, page.starts).map { ($0.topic, $1) })
            return (.first(plan), page)
        case .join(var plan, let asked):
            plan.leave(left, starts: &page.starts)
            return (.join(plan, asked.filter { !left.contains($0.topic) }), page)
        case .main:
            page.keep(
                self.interests.map { element in
                    (element.topic, page.missing.first { $0.topic == element.topic }?.mark ?? element.start)
                })
        case .late: break
        }
        return (reading, page)
    }

    /// The usual case, for which no plan is needed.
    private func beginNow(_ topics: [(topic: Topic, start: StartPoint)], _ newest: UInt64) {
        for (topic, _) in topics { self.take(topic, Interest(start: newest, isExact: false)) }
        self.interestsChanged()
        self.position = newest
        self.mode = .catchingUp
        self.notify(.hello(self.cursor(at: newest)))
        self.settle()
    }

    /// Its own from now on.
    func take(_ topic: Topic, _ interest: Interest) {
        if self.interests.update(topic, interest) { return }
        self.interests.insert(self.shard.take(topic), interest)
    }

    private func began(_ plan: StartPlan, _ page: HistoryPage) {
        let missing = Set(page.missing.map(\.topic))
        for (entry, start) in zip(plan.entries, page.starts) {
            let isMissing = missing.contains(entry.topic)
            // Without a gap the plan's own start stays: with late topics about, it tells what the others have covered.
            let own: UInt64 = if case .after(let sequence) = entry.start, !isMissing { sequence } else { start }
            self.take(entry.topic, Interest(start: own, isExact: entry.isExact && !isMissing))
        }
        self.becomeLate(plan.late)
        self.interestsChanged()
        let gaps = plan.gaps(with: page)
        self.position = plan.position(with: page, hasGaps: !gaps.isEmpty)
        self.mode = .catchingUp
        let cursor = self.cursor(at: self.position)
        // An id beyond a gap must not come before it.
        let hello = gaps.isEmpty ? cursor : plan.given
        if let hello { self.notify(.hello(hello)) }
        for gap in gaps { self.tell(gap, id: cursor) }
        if hello == nil { self.notify(.hello(cursor)) }
        self.handOver(page)
    }

    private func becomeLate(_ entries: [StartPlan.Entry]) {
        var late: [Topic: Interest] = [:]
        var within: [Topic: Int64] = [:]
        for entry in entries {
            guard case .after(let sequence) = entry.start else { continue }
            late[entry.topic] = Interest(start: sequence, isExact: true)
            within[entry.topic] = entry.within
            _ = self.shard.take(entry.topic)
        }
        guard let progress = late.values.map(\.start).min() else { return }
        self.late = Late(topics: late, progress: progress, within: within)
    }

    // MARK: - Further pages

    func readOn() {
        guard let outlet = self.outlet, outlet.isWritable else { return }
        if self.position >= self.shard.deliveredThrough { return self.settle() }
        self.reading = .main
        let interests = self.interests.map {
            HistoryQuery.Interest($0.topic, .after(max(self.position, $0.start)))
        }
        self.shard.read(HistoryQuery(interests, through: self.shard.deliveredThrough), for: self)
    }

    private func advance(_ page: HistoryPage) {
        if !page.missing.isEmpty {
            let given = self.cursor(at: self.position).description
            for missing in page.missing {
                self.interests.update(missing.topic, Interest(start: missing.mark, isExact: false))
            }
            self.interestsChanged()
            self.position = page.following
            for gap in page.gaps(after: given) { self.tell(gap, id: self.cursor(at: self.position)) }
        }
        self.handOver(page)
    }

    private func handOver(_ page: HistoryPage) {
        if self.outlet == nil { return }
        if let batch = self.batch(of: page.publications[...], &self.shard.frames) { self.hand(batch) }
        self.position = max(self.position, page.reached)
        self.settle()
    }
}

extension StartPlan {
    /// What the log is asked of an entry that is not late.
    func interest(_ entry: Entry) -> HistoryQuery.Interest {
        HistoryQuery.Interest(entry.topic, self.query(entry.start), within: entry.within)
    }

    /// What the log is asked of all entries, in the order of ``all``.
    var allInterests: [HistoryQuery.Interest] {
        self.entries.map(self.interest) + self.late.map { .init($0.topic, $0.start, within: $0.within) }
    }

    /// With late topics the others go on at their common position, whatever their own starts tell.
    func query(_ start: HistoryQuery.Start) -> HistoryQuery.Start {
        if case .after(let sequence) = start, let lateBase { .after(max(sequence, lateBase)) } else { start }
    }

    func gaps(with page: HistoryPage) -> [Gap] {
        var gaps = self.gaps
        for missing in page.missing {
            let given = self.all.first { $0.topic == missing.topic }?.given(epoch: self.epoch) ?? ""
            gaps[GapKey(reason: missing.reason, given: given), default: []].append(missing.topic)
        }
        return gaps.map { Gap(topics: $0.value, after: $0.key.given, reason: $0.key.reason) }
            .sorted { $0.topics[0] < $1.topics[0] }
    }

    /// Where the subscriber stands before the first page: at the client's own cursor; after a gap, or where it asked by
    /// words, just before what follows.
    func position(with page: HistoryPage, hasGaps: Bool) -> UInt64 {
        // Behind their common position the starts tell nothing of where the topics are.
        if let lateBase { return hasGaps ? max(lateBase, page.following) : lateBase }
        if hasGaps { return page.following }
        let exact = self.entries.compactMap { entry -> UInt64? in
            if case .after(let sequence) = entry.start, entry.isExact { sequence } else { nil }
        }
        guard let lowest = exact.min() else { return page.following }
        let isOne = exact.count == self.entries.count && exact.allSatisfy { $0 == lowest }
        return isOne ? lowest : min(lowest, page.following)
    }
}

extension HistoryPage {
    /// The position just before the publication that follows.
    var following: UInt64 { self.publications.first.map { $0.sequence - 1 } ?? self.reached }

    /// Only what comes through one of these topics.
    mutating func keep(_ topics: [(topic: Topic, start: UInt64)]) {
        self.publications.removeAll { publication in
            !topics.contains { $0.start < publication.sequence && publication.topics.contains($0.topic) }
        }
    }

    func gaps(after given: String) -> [Gap] {
        Dictionary(grouping: self.missing, by: \.reason)
            .map { Gap(topics: $0.value.map(\.topic), after: given, reason: $0.key) }
            .sorted { $0.topics[0] < $1.topics[0] }
    }
}
