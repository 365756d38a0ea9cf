import HalleyHub

/// No id may say more than what was handed over: else a client that comes back with it loses something. Nor less: else
/// something comes twice.
extension ModelConnection {
    /// An id that could leave for the connection now.
    func look(at id: Cursor) {
        self.settleHello()
        self.check(id)
    }

    /// An id that left for the connection.
    func received(_ id: Cursor, sequence: UInt64 = 0) {
        self.checkText(id)
        self.check(id)
        self.ledger.expect(
            sequence == 0 || self.ledger.isWide || self.says(id, hasCome: sequence),
            "\(self.name): the id \(id) of \(sequence) does not say that it has come")
        self.events.append(Event(id: id, topics: self.topics, sequence: sequence, askedAnew: self.askedAnew))
        self.askedAnew = []
    }

    private func says(_ id: Cursor, hasCome sequence: UInt64) -> Bool {
        if id.marks.isEmpty { return id.sequence >= sequence }
        let reading = CursorReading(id, topics: self.topics, in: self.ledger.log)
        return !reading.owes(self.ledger.log.publication(sequence), topics: self.topics)
    }

    /// Compares what a client with this cursor would be owed with what this one has not got yet.
    func check(_ id: Cursor) {
        self.ledger.expect(id.epoch == self.ledger.epoch, "\(self.name): the id \(id) is of another epoch")
        if self.topics.isEmpty { return }
        // A heartbeat that stands where the last one stood.
        if id.marks.isEmpty, self.late.isEmpty, id.sequence == self.checkedThrough, id.sequence >= self.client.highest {
            return
        }
        let reading = CursorReading(id, topics: self.topics, in: self.ledger.log)
        self.ledger.expect(
            reading.late == self.late,
            "\(self.name): \(id) says that \(reading.late.bits) is late, not \(self.late.bits)")
        var lowest = UInt64.max
        for topic in self.topics {
            let seen = reading.seen[topic]
            self.ledger.expect(seen <= self.ledger.log.newest, "\(self.name): the id \(id) is of the future")
            self.ledger.expect(
                seen >= self.seen[topic] || self.ledger.isWide, "\(self.name): the id \(id) goes back in \(topic)")
            self.seen[topic] = seen
            lowest = min(lowest, seen)
        }
        self.compare(reading, id, isPlain: id.marks.isEmpty)
        self.checkedThrough = max(self.checkedThrough, min(lowest, self.ledger.log.newest))
    }

    private func compare(_ reading: CursorReading, _ id: Cursor, isPlain: Bool) {
        let end = isPlain ? max(reading.base, self.client.highest) : self.ledger.log.newest
        let last = min(end, self.ledger.log.newest)
        if self.checkedThrough >= last { return }
        for index in Int(self.checkedThrough)..<Int(last) {
            let publication = self.ledger.log.publications[index]
            if !publication.topics.intersects(self.topics) || publication.excludes(self.client.number) { continue }
            let owes = reading.owes(publication, topics: self.topics)
            if owes { self.expectMissing(publication, id) } else { self.expectDone(publication, id) }
        }
    }

    /// The cursor says that it is still to come.
    private func expectMissing(_ publication: ModelPublication, _ id: Cursor) {
        if self.ledger.isWide { return }
        let sequence = publication.sequence
        self.ledger.expect(
            !self.client.has(sequence) || self.client.mayGetAgain(sequence),
            "\(self.name): the id \(id) would bring \(sequence) twice")
        self.ledger.expect(
            self.isOwed(publication), "\(self.name): the id \(id) would bring \(sequence), which nobody asked for")
    }

    /// The cursor says that it has come, or was waived.
    private func expectDone(_ publication: ModelPublication, _ id: Cursor) {
        let sequence = publication.sequence
        if self.client.has(sequence) || !self.isOwed(publication) { return }
        self.ledger.object("\(self.name): the id \(id) loses \(sequence)")
    }

    private func checkText(_ id: Cursor) {
        if id.marks.isEmpty, id.sequence & 7 != 0 { return }
        let text = id.description
        self.ledger.expect(text.utf8.count <= Cursor.maximumLength, "a cursor of \(text.utf8.count) bytes")
        self.ledger.expect(Cursor(text) == id, "the cursor \(text) is not read as it was written")
        if id.marks.count == Cursor.maximumMarks { self.ledger.coverage[.markless] += 1 }
    }
}
