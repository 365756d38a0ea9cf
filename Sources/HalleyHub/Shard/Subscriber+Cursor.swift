import NIOCore

extension Subscriber {
    /// The cursor of a client that was handed everything up to `sequence`.
    /// - Parameter progress: how far the late topics have got; `nil`: as far as they are.
    func cursor(at sequence: UInt64, lateProgress progress: UInt64? = nil) -> Cursor {
        guard self.needsMarks(at: sequence) else { return Cursor(epoch: self.shard.epoch, sequence: sequence) }
        let low = min(sequence, progress ?? self.late?.progress ?? sequence)
        let usual = self.late == nil ? sequence : self.usualStart(above: low, through: sequence)
        var late: [Cursor.Mark] = []
        var exact: [Cursor.Mark] = []
        var soft: [Cursor.Mark] = []
        for element in self.interests where max(element.start, low) != usual {
            let start = max(element.start, low)
            let mark = Cursor.Mark(topic: element.topic.fingerprint, kind: .start, sequence: start)
            if element.isExact { exact.append(mark) } else { soft.append(mark) }
        }
        for (topic, interest) in self.late?.topics ?? [:] {
            late.append(Cursor.Mark(topic: topic.fingerprint, kind: .late, sequence: max(interest.start, low)))
        }
        late.sort { $0.topic < $1.topic }
        exact.sort { $0.topic < $1.topic }
        soft.sort { $0.topic < $1.topic }
        // A late mark that found no place would lose publications, so these come first. An exact one without a place
        // doubles them, and a soft one means at worst that a client gets older ones than it asked for, or is told of a
        // gap again. A cover that is not whole is left out.
        let marks = (late + exact + soft).prefix(Cursor.maximumMarks)
        let isWhole = marks.count == late.count + exact.count + soft.count
        let cover =
            self.late == nil || !isWhole
            ? nil : Cursor.Cover(topics: Cursor.Cover.fingerprint(of: self.interests.topics), start: usual)
        return Cursor(epoch: self.shard.epoch, sequence: sequence, marks: Array(marks), cover: cover)
    }

    /// The start that most topics have, so that it needs no mark. One beyond the sequence always has its own, as a
    /// cover that comes back with other topics tells nothing.
    private func usualStart(above low: UInt64, through sequence: UInt64) -> UInt64 {
        var counts: [UInt64: Int] = [:]
        for interest in self.interests where interest.start <= sequence {
            counts[max(interest.start, low), default: 0] += 1
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? low
    }

    func needsMarks(at sequence: UInt64) -> Bool {
        self.late != nil || self.interests.contains { $0.start > sequence }
    }

    /// A batch of its own: without what it is left out of, and with ids of its own where they need marks.
    /// - Returns: `nil` where nothing is left.
    func batch(of publications: ArraySlice<Publication>, _ cache: inout FrameCache) -> DeliveryBatch? {
        let leavesSomeOut = publications.contains { $0.excludes(self.id) }
        let own = leavesSomeOut ? publications.filter { !$0.excludes(self.id) }[...] : publications
        guard let first = own.first else { return nil }
        guard self.needsMarks(at: first.sequence) else {
            return DeliveryBatch(publications: own, frames: cache.frames(of: own, in: self.format), ids: nil)
        }
        return self.batch(of: Array(own), ids: own.map { self.cursor(at: $0.sequence) })
    }

    func batch(of publications: [Publication], ids: [Cursor]) -> DeliveryBatch {
        var frames = ByteBuffer()
        if let format = self.format {
            for (publication, id) in zip(publications, ids) { format.format.encode(publication, id: id, into: &frames) }
        }
        return DeliveryBatch(publications: publications[...], frames: frames, ids: ids)
    }
}
