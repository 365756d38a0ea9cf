import HalleyHub

/// What the connection is told besides publications.
extension ModelConnection {
    func got(_ notice: Notice) {
        self.ledger.expire()
        switch notice {
        case .hello(let id): self.gotHello(id)
        case .gap(let gap, let id): self.got(gap, id: id)
        case .joined(let topics, let id): self.gotJoined(self.ledger.set(of: topics), id: id)
        case .caughtUp(let topics, let id): self.gotCaughtUp(self.ledger.set(of: topics), id: id)
        }
    }

    private func gotHello(_ id: Cursor) {
        self.ledger.note("\(self.name) hello \(id)")
        self.ledger.expect(!self.hasHello, "\(self.name) got two hellos")
        self.hasHello = true
        self.hello = id
        self.events.append(Event(id: id, topics: self.attaching, sequence: 0))
        if self.gapID != nil { self.settleHello() }
    }

    /// Nothing more is told of how the connection begins.
    func settleHello() {
        guard let hello = self.hello else { return }
        self.hello = nil
        if let gapID = self.gapID, gapID != hello { self.expectEcho(hello) }
        let begins = self.gapID ?? hello
        // One event: the topics begin with it.
        if begins == hello { self.events.removeLast() }
        let echo = begins == hello ? nil : self.events.indices.last
        self.begin(self.attaching, at: begins)
        self.attaching = TopicSet()
        if let echo { self.moveAskedAnew(to: echo) }
    }

    /// A client that hears its own cursor said back, and nothing more, stands there from then on: also what it had got beyond
    /// that is to come anew.
    private func moveAskedAnew(to event: Int) {
        guard let last = self.events.indices.last, last != event else { return }
        self.events[event].askedAnew = self.events[last].askedAnew
        self.events[last].askedAnew = []
    }

    /// Before a gap the client's own cursor is said back to it, so that a cut in between brings the gap again.
    private func expectEcho(_ hello: Cursor) {
        for topic in self.attaching {
            guard let starting = self.starting[topic] else { continue }
            if case .gap(.malformed) = starting.point {
                self.ledger.expect(hello.epoch != self.ledger.epoch, "\(self.name): the hello \(hello) hides a gap")
            } else {
                self.ledger.expect(hello.description == starting.given, "\(self.name): the hello \(hello) hides a gap")
            }
        }
    }

    private func gotJoined(_ topics: TopicSet, id: Cursor) {
        self.ledger.note("\(self.name) joined \(topics.bits) at \(id)")
        self.settleHello()
        self.ledger.expect(self.late.isEmpty, "\(self.name): topics join while others are late")
        self.ledger.expect(topics.isSubset(of: self.startingTopics), "\(self.name) joined what it did not ask for")
        self.hasChangedTopics = true
        self.begin(topics & self.startingTopics, at: id)
        self.ledger.coverage[.joinedBehind] += self.late.count
        self.ledger.coverage[.joinedLive] += topics.count - self.late.count
    }

    private func gotCaughtUp(_ topics: TopicSet, id: Cursor) {
        self.ledger.note("\(self.name) caught up with \(topics.bits) at \(id)")
        self.settleHello()
        self.ledger.expect(topics == self.late, "\(self.name) caught up with \(topics.bits), not \(self.late.bits)")
        self.ledger.coverage[.caughtUp] += 1
        self.late = TopicSet()
        self.received(id)
    }

    // MARK: - Gaps

    private func got(_ gap: Gap, id: Cursor) {
        self.ledger.note("\(self.name) gap \(gap.reason) of \(gap.topics) after \(gap.after) at \(id)")
        let topics = self.ledger.set(of: gap.topics)
        self.ledger.expect(!topics.isEmpty, "\(self.name) got a gap of no topic")
        self.count(gap)
        // A first page that brings nothing leaves the client at the cursor that it gave: what the next page lacks is told
        // after the same.
        let isOfNextPage = self.gapID.map { $0 != id && $0.description == gap.after } ?? false
        let isOfHello =
            !isOfNextPage && topics.isSubset(of: self.attaching)
            && self.attaching.allSatisfy { self.starting[$0]?.given == gap.after }
        if !isOfHello { self.settleHello() }
        if gap.reason == .skipped { return self.gotSkipped(gap, topics, id: id) }
        if topics.intersects(self.topics) { return self.gotEvicted(gap, topics, id: id) }
        self.ledger.expect(
            topics.isSubset(of: self.startingTopics), "\(self.name) got a gap of a topic that it has not")
        self.ledger.expect(self.gapID == nil || self.gapID == id, "\(self.name): gaps of one page have different ids")
        self.gapID = id
        for topic in topics & self.startingTopics {
            self.ledger.expect(self.starting[topic]!.told == nil, "\(self.name) was told of a gap twice")
            self.starting[topic]!.told = gap
        }
    }

    private func count(_ gap: Gap) {
        switch gap.reason {
        case .evicted: self.ledger.coverage[.gapEvicted] += 1
        case .epoch: self.ledger.coverage[.gapEpoch] += 1
        case .future: self.ledger.coverage[.gapFuture] += 1
        case .malformed: self.ledger.coverage[.gapMalformed] += 1
        case .skipped: self.ledger.coverage[.gapSkipped] += 1
        case .forbidden: self.ledger.object("\(self.name) was refused history")
        }
    }

    /// Of topics that count already.
    private func gotEvicted(_ gap: Gap, _ topics: TopicSet, id: Cursor) {
        self.ledger.coverage[topics.intersects(self.late) ? .gapLate : .gapOnTheWay] += 1
        self.ledger.expect(topics.isSubset(of: self.topics), "\(self.name) got a gap of a topic that it has not")
        self.ledger.expect(gap.reason == .evicted, "\(self.name) got a gap \(gap.reason) on the way")
        guard let after = Cursor(gap.after) else { return self.ledger.object("a gap after \(gap.after)") }
        self.check(after)
        let stood = CursorReading(after, topics: self.topics, in: self.ledger.log)
        let reading = CursorReading(id, topics: self.topics, in: self.ledger.log)
        for topic in topics & self.topics {
            self.expectEvicted(topic, after: stood.seen[topic])
            self.expectNoneHeld(topic, through: reading.seen[topic])
            let hidden = self.ledger.isWide ? self.ledger.log.mark(topic) : 0
            self.from[topic] = max(self.from[topic], reading.seen[topic], hidden)
            self.broughtAfter[topic] = self.from[topic]
        }
        self.allowAgain(topics - self.late)
        self.received(id)
    }

    /// A gap needs a publication that the topic no longer holds, or at least a rule that no longer knows.
    func expectEvicted(_ topic: Int, after sequence: UInt64) {
        let log = self.ledger.log
        if log.hasAny(topic, after: sequence, through: log.mark(topic)) { return }
        self.ledger.expect(
            log.floor(topic) > sequence, "\(self.name): a gap of \(topic) after \(sequence), but nothing is missing")
        self.ledger.coverage[.gapByFloor] += 1
    }

    /// What comes after a gap is all that is held.
    func expectNoneHeld(_ topic: Int, through sequence: UInt64) {
        let log = self.ledger.log
        self.ledger.expect(
            !log.hasAny(topic, after: log.mark(topic), through: sequence),
            "\(self.name): \(topic) begins after \(sequence), although it holds more")
    }

    // MARK: - Slow readers

    private func gotSkipped(_ gap: Gap, _ topics: TopicSet, id: Cursor) {
        self.ledger.expect(
            topics.isSubset(of: self.topics - self.late), "\(self.name) got a gap of a topic that it has not")
        guard let since = Cursor(gap.after) else { return self.ledger.object("a gap after \(gap.after)") }
        self.check(since)
        let policy = self.topics.map { self.ledger.log.rules.rule(for: self.ledger.log.topics[$0]).slowReaders }.max()
        let keepsNewest = policy == .latest && !self.hasChangedTopics
        self.ledger.coverage[keepsNewest ? .newestOnly : .skipped] += 1
        let reading = CursorReading(id, topics: self.topics, in: self.ledger.log)
        for topic in topics & self.topics {
            let hidden = self.ledger.isWide ? self.shard.deliveredThrough : 0
            self.skip(topic, through: max(reading.seen[topic], hidden), keepsNewest: keepsNewest)
        }
        self.allowAgain(topics)
        self.received(id)
    }

    private func skip(_ topic: Int, through sequence: UInt64, keepsNewest: Bool) {
        let left = self.ledger.log.publications[Int(self.from[topic])..<Int(self.shard.deliveredThrough)].filter {
            $0.topics.contains(topic) && self.isOwed($0) && !self.client.has($0.sequence)
        }
        let hasSkipped = left.contains { $0.sequence <= sequence }
        self.ledger.expect(hasSkipped, "\(self.name) got a gap of \(topic), but nothing is missing")
        let keepsLast = !keepsNewest || self.ledger.isWide || left.last.map { $0.sequence > sequence } ?? true
        self.ledger.expect(keepsLast, "\(self.name) did not get the newest of \(topic)")
        self.from[topic] = max(self.from[topic], sequence)
        self.broughtAfter[topic] = self.from[topic]
    }
}
