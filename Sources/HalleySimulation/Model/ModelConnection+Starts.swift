import HalleyHub

/// Where topics begin, and what a client asks for anew by that.
extension ModelConnection {
    /// The topics count from here on; the id says where each begins.
    func begin(_ topics: TopicSet, at id: Cursor) {
        if let gapID = self.gapID {
            self.ledger.expect(gapID == id, "\(self.name): a gap at \(gapID), but it begins at \(id)")
            self.gapID = nil
        }
        if topics.isEmpty { return self.received(id) }
        let covered = self.topics
        let reading = CursorReading(id, topics: self.topics | topics, in: self.ledger.log)
        var withGap = TopicSet()
        for topic in topics {
            guard let starting = self.starting[topic] else { continue }
            self.starting[topic] = nil
            if starting.told != nil { withGap.insert(topic) }
            self.begin(topic, starting, at: self.start(topic, starting, reading), covered: covered)
            self.broughtAfter[topic] =
                starting.told == nil ? starting.broughtAfter ?? self.from[topic] : self.from[topic]
            self.seen[topic] = 0
        }
        self.topics = self.topics | topics
        if !reading.late.isEmpty { self.beginLate(reading.late & topics) }
        self.allowAgain(withGap - self.late)
        self.checkedThrough = 0
        self.received(id)
    }

    /// The id says it, unless it had no place for so many marks.
    private func start(_ topic: Int, _ starting: Starting, _ reading: CursorReading) -> UInt64 {
        let seen = reading.seen[topic]
        if !self.ledger.isWide { return seen }
        switch starting.point {
        case .now where starting.told == nil: return max(seen, starting.lowest)
        case .last(let count): return max(seen, self.ledger.log.start(topic, last: count))
        case .after where starting.told == nil: return seen
        case .now, .earliest, .after, .gap: return max(seen, self.ledger.log.mark(topic))
        }
    }

    private func begin(_ topic: Int, _ starting: Starting, at seen: UInt64, covered: TopicSet) {
        let told = starting.told
        if let told, !starting.given.isEmpty {
            self.ledger.expect(told.after == starting.given, "a gap after \(told.after), not \(starting.given)")
        }
        self.from[topic] = seen
        switch starting.point {
        case .now:
            self.ledger.coverage[.startNow] += 1
            // On a loop that is behind, now may be before what an earlier connection has brought.
            self.askAnew(topic, covered: covered)
            if let told { return self.beginNow(topic, told, starting, at: seen) }
            self.expectWord(starting, seen)
            let latest = self.attaching.contains(topic) ? starting.lowest : self.shard.deliveredThrough
            self.ledger.expect(seen <= latest || self.ledger.isWide, "\(self.name) begins at \(seen), not now")
        case .earliest:
            self.ledger.coverage[.startEarliest] += 1
            self.expectWord(starting, seen)
            self.expectNoneHeld(topic, through: seen)
            self.askAnew(topic, covered: covered)
        case .last(let count):
            self.ledger.coverage[.startLast] += 1
            self.expectWord(starting, seen)
            let start = self.ledger.log.start(topic, last: count)
            self.ledger.expect(
                !self.ledger.log.hasAny(topic, after: start, through: seen), "\(self.name): less than the last \(count)"
            )
            self.askAnew(topic, covered: covered)
        case .gap(let reason):
            self.ledger.expect(told?.reason == reason, "\(self.name) was not told of a gap \(reason)")
            self.expectNoneHeld(topic, through: seen)
            self.askAnew(topic, covered: covered)
        case .after(let sequence, let isOwn):
            self.begin(topic, after: sequence, isOwn: isOwn, starting, at: seen, covered: covered)
        }
    }

    /// What came after now was evicted before its loop saw it.
    private func beginNow(_ topic: Int, _ gap: Gap, _ starting: Starting, at seen: UInt64) {
        guard gap.reason == .evicted, let after = Cursor(gap.after), after.epoch == self.ledger.epoch else {
            return self.ledger.object("\(self.name) began now, but got \(gap)")
        }
        self.ledger.expect(after.sequence >= starting.lowest, "\(self.name) begins at \(after), not now")
        self.expectEvicted(topic, after: after.sequence)
        self.expectNoneHeld(topic, through: seen)
    }

    private func expectWord(_ starting: Starting, _ seen: UInt64) {
        self.ledger.expect(starting.told == nil, "\(self.name) got a gap although it gave no cursor")
        self.ledger.expect(seen >= starting.lowest, "\(self.name) begins at \(seen), before \(starting.lowest)")
    }

    private func begin(
        _ topic: Int, after sequence: UInt64, isOwn: Bool, _ starting: Starting, at seen: UInt64, covered: TopicSet
    ) {
        if !isOwn { self.ledger.coverage[.startAfter] += 1 }
        switch starting.told?.reason {
        case nil:
            self.ledger.expect(
                sequence <= self.ledger.log.newest, "\(self.name) was not told that \(sequence) is future")
            self.from[topic] = sequence
        case .evicted:
            self.expectEvicted(topic, after: sequence)
            self.expectNoneHeld(topic, through: seen)
        case .future:
            self.ledger.expect(sequence > starting.newest, "\(self.name) was told that \(sequence) is future")
            self.expectNoneHeld(topic, through: seen)
            return self.askAnew(topic, covered: covered)
        case let reason?: self.ledger.object("\(self.name) got a gap \(reason) for a cursor of this log")
        }
        if !isOwn { return self.askAnew(topic, covered: covered) }
        // One that joins later than the others does not know what a topic that was left since has brought.
        guard self.attaching.isEmpty else { return }
        for sequence in self.uncovered(topic, covered: covered) { self.client.allowAgain(sequence) }
    }

    /// Everything that it is owed through the topic is to come, whether or not an earlier connection has brought it;
    /// except what another topic of this connection has brought.
    private func askAnew(_ topic: Int, covered: TopicSet) {
        // Where marks find no place it is uncertain what comes again.
        if self.ledger.isWide { return }
        for sequence in self.uncovered(topic, covered: covered) {
            let mightRepeat = self.client.mayGetAgain(sequence)
            self.askedAnew.append(AskedAnew(sequence: sequence, mightRepeat: mightRepeat))
            self.client.forget(sequence)
        }
    }

    /// What the client has got of a topic beyond its beginning, and of no topic that is known to have brought it.
    private func uncovered(_ topic: Int, covered: TopicSet) -> [UInt64] {
        guard self.from[topic] < self.client.highest else { return [] }
        return ((self.from[topic] + 1)...self.client.highest).filter { sequence in
            guard self.client.has(sequence) else { return false }
            let topics = self.ledger.log.publication(sequence).topics
            return topics.contains(topic) && !(topics & covered).contains { self.broughtAfter[$0] < sequence }
        }
    }

    /// Publications of a topic and of a late one: that the first has brought them is known no more.
    func allowAgain(_ topics: TopicSet) {
        // Topics of a cursor whose hello has not come may turn out to be late.
        let late = self.late | self.attaching
        if late.isEmpty || self.client.highest == 0 { return }
        for sequence in 1...self.client.highest where self.client.has(sequence) {
            let publication = self.ledger.log.publication(sequence)
            guard publication.topics.intersects(topics), publication.topics.intersects(late) else { continue }
            self.client.allowAgain(sequence)
            self.ledger.coverage[.mayComeAgain] += 1
        }
    }

    /// The client wants some topics no more.
    func leave(_ topics: TopicSet) {
        self.settleHello()
        self.ledger.coverage[.leave] += 1
        if !self.late.isEmpty { self.ledger.coverage[.leaveWhileLate] += 1 }
        self.hasChangedTopics = true
        self.allowAgain(topics & ((self.topics - self.late) | self.attaching))
        self.topics = self.topics - topics
        self.late = self.late - topics
        self.attaching = self.attaching - topics
        for topic in topics { self.starting[topic] = nil }
    }
}
