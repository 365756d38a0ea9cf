/// Topics that join with cursors of their own.
extension Subscriber {
    // MARK: - Joining and leaving

    /// So many may be late at a time, that a cursor has place for them.
    static let maximumLate = 8

    /// Adds topics to a running subscription. They count, and are told by ``Notice/joined(_:id:)``, as soon as the others
    /// have caught up; until those that join behind have caught up too, ids carry their position as an exception.
    ///
    /// Of a topic that is named twice the first counts.
    package func join(_ given: [(topic: Topic, start: StartPoint)]) {
        let topics = given.uniqued(by: \.topic)
        for start in stride(from: 0, to: topics.count, by: Self.maximumLate) {
            self.joining.append(Array(topics[start..<min(start + Self.maximumLate, topics.count)]))
        }
        self.goOn()
    }

    /// Whether the topic has joined and reads on behind the others.
    package func isLate(_ topic: Topic) -> Bool { self.late?.topics[topic] != nil }

    /// Ends the subscription of some topics.
    package func leave(_ topics: [Topic]) {
        for index in self.joining.indices { self.joining[index].removeAll { topics.contains($0.topic) } }
        if self.reading != nil { self.leftWhileReading.formUnion(topics) }
        for topic in topics {
            if let local = self.interests.remove(topic) {
                self.shard.giveBack(local)
            } else if self.late?.topics.removeValue(forKey: topic) != nil {
                self.shard.giveBack(topic)
            }
        }
        if self.late?.topics.isEmpty == true { self.late = nil }
        self.interestsChanged()
        self.leaveBehind(topics)
        self.changeCohort()
    }

    /// Nor is anything kept of them for later.
    private func leaveBehind(_ topics: [Topic]) {
        switch self.mode {
        case .beginning(let asked): self.mode = .beginning(asked.filter { !topics.contains($0.topic) })
        case .muted(let cohort, var missed):
            missed.leave(topics)
            self.mode = .muted(cohort, missed)
        case .catchingUp, .live, .ended: break
        }
    }

    /// The cohort follows the topics.
    private func changeCohort() {
        switch self.mode {
        case .live:
            self.position = self.shard.deliveredThrough
            self.leaveCohort()
            self.mode = .catchingUp
            self.settle()
        case .muted(_, let missed):
            // Left first: where the topics are the same after all, an empty cohort would be given up under its feet.
            self.leaveCohort()
            let cohort = self.ownCohort
            cohort.addMuted(self)
            self.mode = .muted(cohort, missed)
        case .beginning, .catchingUp, .ended: break
        }
    }

    func join() {
        let new = self.joining.removeFirst().filter { self.interests[$0.topic] == nil }
        if new.isEmpty { return self.goOn() }
        let plan = StartPlan(new, epoch: self.shard.epoch, newest: self.shard.deliveredThrough)
        self.reading = .join(plan, new)
        // Only where each begins, and what is missing.
        let query = HistoryQuery(plan.allInterests, through: self.shard.deliveredThrough, maximumCount: 0)
        self.shard.read(query, for: self)
    }

    func joined(_ plan: StartPlan, _ page: HistoryPage, _ asked: [(topic: Topic, start: StartPoint)]) {
        if plan.all.isEmpty { return self.goOn() }
        // What has been dropped meanwhile may be of these topics, too: once more when it reads again.
        if case .muted = self.mode {
            self.joining.insert(asked, at: 0)
            return self.goOn()
        }
        let position = self.isLive ? self.shard.deliveredThrough : self.position
        let missing = Set(page.missing.map(\.topic))
        var behind: [Topic: Interest] = [:]
        for (entry, start) in zip(plan.all, page.starts) {
            let interest = Interest(start: start, isExact: entry.isExact && !missing.contains(entry.topic))
            if start >= position {
                self.take(entry.topic, interest)
            } else if behind.updateValue(interest, forKey: entry.topic) == nil {
                _ = self.shard.take(entry.topic)
            }
        }
        if let progress = behind.values.map(\.start).min() { self.late = Late(topics: behind, progress: progress) }
        self.interestsChanged()
        let cursor = self.cursor(at: position)
        for gap in plan.gaps(with: page) { self.tell(gap, id: cursor) }
        self.notify(.joined(plan.all.map(\.topic), id: cursor))
        self.changeCohort()
        if !self.isLive { self.goOn() }
    }

    // MARK: - Catching up behind the others

    func readLate() {
        guard let late = self.late, let outlet = self.outlet, outlet.isWritable else { return }
        if late.progress >= self.shard.deliveredThrough { return self.merge(late) }
        self.reading = .late
        let interests = late.topics.map {
            HistoryQuery.Interest(
                $0.key, .after(max(late.progress, $0.value.start)), within: late.within[$0.key])
        }
        self.shard.read(HistoryQuery(interests, through: self.shard.deliveredThrough), for: self)
    }

    func advanceLate(_ page: HistoryPage) {
        guard self.late != nil else { return self.goOn() }
        self.late?.within = [:]
        let position = self.isLive ? self.shard.deliveredThrough : self.position
        if !page.missing.isEmpty {
            let given = self.cursor(at: position).description
            for missing in page.missing where self.late?.topics[missing.topic] != nil {
                self.late?.topics[missing.topic] = Interest(start: missing.mark, isExact: false)
            }
            self.late?.progress = page.following
            for gap in page.gaps(after: given) { self.tell(gap, id: self.cursor(at: position)) }
        }
        let own = page.publications.filter { !$0.excludes(self.id) && self.isOwedLate($0) }
        if !own.isEmpty {
            let ids = own.map { self.cursor(at: position, lateProgress: $0.sequence) }
            self.hand(self.batch(of: own, ids: ids))
        }
        self.late?.progress = page.reached
        if case .live = self.mode { self.shard.wait(self, soon: true) } else { self.goOn() }
    }

    /// Not what another topic of the publication has brought already, or will.
    private func isOwedLate(_ publication: Publication) -> Bool {
        var isLate = false
        for topic in publication.topics {
            if let interest = self.interests[topic], interest.start < publication.sequence { return false }
            if let interest = self.late?.topics[topic], interest.start < publication.sequence { isLate = true }
        }
        return isLate
    }

    private func merge(_ late: Late) {
        self.late = nil
        for (topic, interest) in late.topics {
            if self.interests[topic] == nil { self.take(topic, interest) }
            // It was counted when it came.
            self.shard.giveBack(topic)
        }
        self.interestsChanged()
        self.notify(.caughtUp(late.topics.keys.sorted(), id: self.cursor(at: self.shard.deliveredThrough)))
        self.changeCohort()
    }
}
