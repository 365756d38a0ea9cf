import DequeModule

/// The histories of all topics of one rule, within the rule's budget.
///
/// Topics live in slots that are linked by the time of their newest publication, so that the one published to longest
/// ago is forgotten first when there are too many. What a forgotten topic's mark was goes into the `floor`, the mark of
/// every topic that has no slot.
struct RuleLog {
    private struct Slot {
        var history: TopicHistory
        /// Tells apart the topics that have had the slot: one publication may be in two of them.
        var generation: Int32 = 0
        var older = none
        var newer = none
    }

    /// One held publication of one topic; stale where the slot's oldest is another one.
    private struct Entry {
        var sequence: UInt64
        var slot: Int32
        var generation: Int32
        var expires: Int64

        init(_ publication: Publication, slot: Int, generation: Int32, expires: Int64) {
            self.sequence = publication.sequence
            self.slot = Int32(slot)
            self.generation = generation
            self.expires = expires
        }
    }

    private static let none = -1

    let rule: TopicRule
    private let budget: Int
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var index: [Topic: Int] = [:]
    private var oldest = none
    private var newest = none
    /// Oldest first over all topics: what the budget and age evict by.
    private var order: Deque<Entry> = []
    private(set) var held = 0
    private(set) var bytes = 0
    private(set) var floor: UInt64 = 0

    init(rule: TopicRule) {
        var rule = rule
        // So that an end can be told from its beginning.
        rule.age = min(rule.age, Int64.max / 4)
        self.rule = rule
        self.budget = rule.budget ?? 0
    }

    subscript(topic: Topic) -> TopicHistory? { self.index[topic].map { self.slots[$0].history } }

    func evictedThrough(_ topic: Topic) -> UInt64 {
        self.index[topic].map { self.slots[$0].history.evictedThrough } ?? self.floor
    }

    /// - Parameter names: those of the topics that have a slot.
    mutating func append(_ publication: Publication, to topic: Topic, at time: Int64, names: inout TopicNames) {
        let slot = self.slot(for: topic, &names)
        self.touch(slot)
        self.slots[slot].history.append(publication)
        self.bytes += publication.cost
        self.held += 1
        let generation = self.slots[slot].generation
        self.order.append(
            Entry(publication, slot: slot, generation: generation, expires: time.saturatingAdd(self.rule.age)))
        self.trim(slot)
        self.keepBudget()
        self.compact()
    }

    mutating func expire(at time: Int64) {
        while let entry = self.order.first {
            if self.isCurrent(entry) {
                if entry.expires > time { break }
                self.evict(from: Int(entry.slot))
            }
            self.order.removeFirst()
        }
    }

    /// The newest sequence, of whatever topic, that is as old as that, in milliseconds, or older; 0 where none is.
    func newest(olderThan age: Int64, at time: Int64) -> UInt64 {
        var low = 0
        var high = self.order.count
        while low < high {
            let middle = (low + high) / 2
            if self.order[middle].expires - self.rule.age <= time - age { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : self.order[low - 1].sequence
    }

    /// - Returns: how many were held.
    mutating func forget(_ topic: Topic) -> Int {
        guard let slot = self.index[topic] else { return 0 }
        let count = self.slots[slot].history.held.count
        for _ in 0..<count { self.evict(from: slot) }
        self.compact()
        return count
    }

    // MARK: - Eviction

    private mutating func trim(_ slot: Int) {
        while self.slots[slot].history.exceeds(count: self.rule.count, bytes: self.rule.bytes) {
            self.evict(from: slot)
        }
    }

    private mutating func keepBudget() {
        let least = self.budget > 0 ? 1 : 0
        while self.bytes > self.budget, self.held > least, self.evictOldest() {}
    }

    private mutating func evict(from slot: Int) {
        self.bytes -= self.slots[slot].history.evictOldest()
        self.held -= 1
    }

    private mutating func evictOldest() -> Bool {
        while let entry = self.order.popFirst() {
            guard self.isCurrent(entry) else { continue }
            self.evict(from: Int(entry.slot))
            return true
        }
        return false
    }

    private func isCurrent(_ entry: Entry) -> Bool {
        // In their place: a copy of the slot costs more than the comparison.
        let slot = Int(entry.slot)
        return self.slots[slot].generation == entry.generation
            && self.slots[slot].history.oldest == entry.sequence
    }

    /// Evictions by count leave stale entries in the middle of the order; this keeps them fewer than the held ones.
    private mutating func compact() {
        guard self.order.count > 2 * self.held + 64 else { return }
        self.order = Deque(
            self.order.filter { entry in
                let slot = self.slots[Int(entry.slot)]
                return slot.generation == entry.generation
                    && (slot.history.held.first?.sequence ?? .max) <= entry.sequence
            })
    }

    // MARK: - Slots

    private mutating func slot(for topic: Topic, _ names: inout TopicNames) -> Int {
        if let slot = self.index[topic] { return slot }
        if self.index.count >= max(1, self.rule.topics) { self.forgetOldestTopic(&names) }
        var fresh = Slot(history: TopicHistory(topic: topic, floor: self.floor))
        let slot: Int
        if let reused = self.free.popLast() {
            slot = reused
            fresh.generation = self.slots[slot].generation &+ 1
            self.slots[slot] = fresh
        } else {
            slot = self.slots.count
            self.slots.append(fresh)
        }
        self.index[topic] = slot
        names.insert(topic)
        return slot
    }

    private mutating func forgetOldestTopic(_ names: inout TopicNames) {
        let slot = self.oldest
        while !self.slots[slot].history.held.isEmpty { self.evict(from: slot) }
        self.floor = max(self.floor, self.slots[slot].history.newest)
        self.index[self.slots[slot].history.topic] = nil
        names.remove(self.slots[slot].history.topic)
        self.unlink(slot)
        self.free.append(slot)
    }

    /// Makes it the one published to last.
    private mutating func touch(_ slot: Int) {
        if self.newest == slot { return }
        self.unlink(slot)
        self.slots[slot].older = self.newest
        if self.newest != Self.none { self.slots[self.newest].newer = slot }
        self.newest = slot
        if self.oldest == Self.none { self.oldest = slot }
    }

    private mutating func unlink(_ slot: Int) {
        let (older, newer) = (self.slots[slot].older, self.slots[slot].newer)
        if older != Self.none { self.slots[older].newer = newer }
        if newer != Self.none { self.slots[newer].older = older }
        if self.oldest == slot { self.oldest = newer }
        if self.newest == slot { self.newest = older }
        self.slots[slot].older = Self.none
        self.slots[slot].newer = Self.none
    }
}
