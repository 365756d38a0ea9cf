import DequeModule

/// What is held of one topic.
struct TopicHistory {
    let topic: Topic
    /// In log order.
    private(set) var held: Deque<Publication> = []
    private(set) var bytes = 0
    /// The highest sequence of the topic that is no longer held.
    private(set) var evictedThrough: UInt64
    /// The newest sequence of the topic, held or not.
    private(set) var newest: UInt64

    /// - Parameter floor: the mark of a topic that nothing is known of.
    init(topic: Topic, floor: UInt64) {
        self.topic = topic
        self.evictedThrough = floor
        self.newest = floor
    }

    /// The oldest sequence that is held.
    var oldest: UInt64? { self.held.first?.sequence }

    /// The newest stays whatever its size: else it would be published for those only who are there.
    func exceeds(count: Int, bytes: Int) -> Bool {
        self.held.count > count || (self.bytes > bytes && self.held.count > (bytes > 0 ? 1 : 0))
    }

    mutating func append(_ publication: Publication) {
        self.held.append(publication)
        self.bytes += publication.cost
        self.newest = publication.sequence
    }

    /// - Returns: what it cost.
    mutating func evictOldest() -> Int {
        let publication = self.held.removeFirst()
        self.bytes -= publication.cost
        self.evictedThrough = publication.sequence
        return publication.cost
    }

    /// The index of the first publication after `sequence`.
    func index(after sequence: UInt64) -> Int {
        var low = 0
        var high = self.held.count
        while low < high {
            let middle = (low + high) / 2
            if self.held[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Those at the places of the range, up to the one that makes their size that many bytes.
    func publications(in range: Range<Int>, bytes: Int) -> [Publication] {
        // Nothing is larger on the wire than in memory.
        if self.bytes <= bytes { return Array(self.held[range]) }
        var cost = 0
        var end = range.lowerBound
        while end < range.upperBound, cost < bytes {
            cost += self.held[end].size
            end += 1
        }
        return Array(self.held[range.lowerBound..<end])
    }

    /// What comes before the newest N.
    func sequence(beforeLast count: Int) -> UInt64 {
        let count = max(0, count)
        return self.held.count > count ? self.held[self.held.count - count - 1].sequence : self.evictedThrough
    }

    /// Whether any held publication lies after the one sequence and not after the other.
    func isHolding(after sequence: UInt64, through last: UInt64) -> Bool {
        let index = self.index(after: sequence)
        return index < self.held.count && self.held[index].sequence <= last
    }
}
