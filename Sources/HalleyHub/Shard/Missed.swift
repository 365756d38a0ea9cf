/// What a muted subscriber has missed.
struct Missed {
    let keepsNewest: Bool
    /// For each topic the highest sequence that was dropped.
    private(set) var skipped: [Topic: UInt64] = [:]
    private var newest: [Topic: Publication] = [:]

    init(keepsNewest: Bool) { self.keepsNewest = keepsNewest }

    /// In log order.
    var kept: [Publication] {
        let bySequence = Dictionary(self.newest.values.map { ($0.sequence, $0) }) { first, _ in first }
        return bySequence.values.sorted { $0.sequence < $1.sequence }
    }

    /// - Parameter topics: those of the publication that the subscriber has.
    mutating func add(_ publication: Publication, topics: [Topic]) {
        for topic in topics {
            guard self.keepsNewest else {
                self.skipped[topic] = publication.sequence
                continue
            }
            if let old = self.newest.updateValue(publication, forKey: topic) { self.drop(old) }
        }
    }

    /// The subscriber wants some topics no more.
    mutating func leave(_ topics: [Topic]) {
        for topic in topics {
            self.skipped[topic] = nil
            if let old = self.newest.removeValue(forKey: topic) { self.drop(old) }
        }
    }

    /// One of several topics may still be kept as the newest of another.
    private mutating func drop(_ publication: Publication) {
        if self.newest.values.contains(where: { $0 === publication }) { return }
        for topic in publication.topics where self.newest[topic] != nil {
            self.skipped[topic] = max(self.skipped[topic] ?? 0, publication.sequence)
        }
    }
}
