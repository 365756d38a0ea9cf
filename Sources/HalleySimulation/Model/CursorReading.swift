import HalleyHub

/// What a cursor says to a client with some topics, read off the rules of the cursor and not off the hub.
struct CursorReading {
    let base: UInt64
    /// Topics that have been seen only up to their own mark.
    private(set) var late = TopicSet()
    /// For each topic: nothing up to here is owed through it.
    private(set) var seen: [UInt64]
    /// With late topics: what other topics have brought already lies after this.
    private(set) var broughtAfter: [UInt64]

    init(_ cursor: Cursor, topics: TopicSet, in log: ModelLog) {
        self.base = cursor.sequence
        self.seen = [UInt64](repeating: cursor.sequence, count: log.topics.count)
        self.broughtAfter = self.seen
        if cursor.marks.isEmpty { return }
        for topic in topics {
            guard let mark = cursor.mark(for: log.topics[topic]), mark.kind == .late else { continue }
            self.late.insert(topic)
            self.seen[topic] = mark.sequence
            self.broughtAfter[topic] = mark.sequence
        }
        let others = topics - self.late
        let cover = cursor.cover.flatMap { $0.topics == Self.fingerprint(of: others, in: log) ? $0 : nil }
        for topic in others {
            let mark = cursor.mark(for: log.topics[topic])
            self.broughtAfter[topic] = mark?.sequence ?? cover?.start ?? cursor.sequence
            self.seen[topic] = max(cursor.sequence, mark?.sequence ?? 0)
        }
    }

    private static func fingerprint(of topics: TopicSet, in log: ModelLog) -> UInt64 {
        Cursor.Cover.fingerprint(of: topics.map { log.topics[$0] })
    }

    /// Whether a client that comes back with the cursor is owed the publication.
    func owes(_ publication: ModelPublication, topics: TopicSet) -> Bool {
        let mine = publication.topics & topics
        var isBrought = false
        for topic in mine - self.late {
            if publication.sequence > self.seen[topic] { return true }
            if publication.sequence > self.broughtAfter[topic] { isBrought = true }
        }
        return !isBrought && (mine & self.late).contains { publication.sequence > self.seen[$0] }
    }
}
