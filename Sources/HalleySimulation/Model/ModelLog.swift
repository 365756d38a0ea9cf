import HalleyHub

/// What was published, as the model keeps it: for ever.
struct ModelPublication {
    let sequence: UInt64
    let topics: TopicSet
    /// Clients that are left out, a bit for each.
    let excluded: UInt32
    /// In memory, and on the wire.
    let cost: Int
    let size: Int

    func excludes(_ client: Int) -> Bool { self.excluded & (1 << UInt32(client)) != 0 }
}

/// The log as the rules put it, without any cleverness: everything ever published, and for each topic what is held.
final class ModelLog {
    struct Held {
        var sequence: UInt64
        var cost: Int
        var expires: Int64
        /// Appended as the how-manieth of all.
        var order: Int
    }

    struct History {
        var held: [Held] = []
        var bytes = 0
        var mark: UInt64
        var newest: UInt64
        var lastUse: Int
    }

    let topics: [Topic]
    let rules: TopicRules
    let ruleNumbers: [Int]
    /// The topics of each rule.
    private let topicsByRule: [[Int]]
    private(set) var publications: [ModelPublication] = []
    private(set) var histories: [History?]
    private(set) var floors: [UInt64]
    private(set) var evicted = Coverage()
    private var order = 0

    init(topics: [Topic], rules: TopicRules) {
        self.topics = topics
        self.rules = rules
        let numbers = topics.map(rules.index(for:))
        self.ruleNumbers = numbers
        self.topicsByRule = rules.all.indices.map { rule in numbers.indices.filter { numbers[$0] == rule } }
        self.histories = topics.map { _ in nil }
        self.floors = rules.all.map { _ in 0 }
    }

    var newest: UInt64 { UInt64(self.publications.count) }

    func publication(_ sequence: UInt64) -> ModelPublication { self.publications[Int(sequence) - 1] }

    func mark(_ topic: Int) -> UInt64 { self.histories[topic]?.mark ?? self.floor(topic) }

    /// The mark of a topic that nothing is known of.
    func floor(_ topic: Int) -> UInt64 { self.floors[self.ruleNumbers[topic]] }

    func bytes(rule: Int) -> Int {
        self.topicsByRule[rule].reduce(0) { $0 + (self.histories[$1]?.bytes ?? 0) }
    }

    /// After what a topic begins.
    func start(_ topic: Int, last count: Int) -> UInt64 {
        guard let history = self.histories[topic], history.held.count > count else { return self.mark(topic) }
        return history.held[history.held.count - count - 1].sequence
    }

    /// Whether anything was published in the topic after one sequence and up to another.
    func hasAny(_ topic: Int, after low: UInt64, through high: UInt64) -> Bool {
        let high = Swift.min(high, self.newest)
        if low >= high { return false }
        return self.publications[Int(low)..<Int(high)].contains { $0.topics.contains(topic) }
    }

    // MARK: - Changes

    /// - Parameter topics: in the order of the draft.
    func append(topics: [Int], excluded: UInt32, cost: Int, size: Int, at time: Int64) {
        let publication = ModelPublication(
            sequence: self.newest + 1, topics: TopicSet(topics), excluded: excluded, cost: cost, size: size)
        self.publications.append(publication)
        for topic in topics { self.append(publication, to: topic, at: time) }
    }

    private func append(_ publication: ModelPublication, to topic: Int, at time: Int64) {
        let rule = self.rules.all[self.ruleNumbers[topic]]
        self.makeRoom(for: topic, rule: rule)
        self.order += 1
        var history =
            self.histories[topic] ?? History(mark: self.floor(topic), newest: self.floor(topic), lastUse: 0)
        history.held.append(
            Held(
                sequence: publication.sequence, cost: publication.cost, expires: time + rule.age, order: self.order))
        history.bytes += publication.cost
        history.newest = publication.sequence
        history.lastUse = self.order
        self.histories[topic] = history
        while self.histories[topic]!.held.count > rule.count { self.evictOldest(topic, .evictedByCount) }
        let least = rule.bytes > 0 ? 1 : 0
        while self.histories[topic]!.bytes > rule.bytes, self.histories[topic]!.held.count > least {
            self.evictOldest(topic, .evictedByBytes)
        }
        self.keepBudget(self.ruleNumbers[topic])
    }

    private func makeRoom(for topic: Int, rule: TopicRule) {
        if self.histories[topic] != nil { return }
        let known = self.topicsByRule[self.ruleNumbers[topic]].filter { self.histories[$0] != nil }
        guard known.count >= Swift.max(1, rule.topics) else { return }
        let oldest = known.min { self.histories[$0]!.lastUse < self.histories[$1]!.lastUse }!
        let number = self.ruleNumbers[topic]
        self.floors[number] = Swift.max(self.floors[number], self.histories[oldest]!.newest)
        self.histories[oldest] = nil
        self.evicted[.evictedByTopicCap] += 1
    }

    private func keepBudget(_ rule: Int) {
        guard let budget = self.rules.all[rule].budget else { return }
        while !self.isWithin(budget, rule: rule) {
            let held = self.topicsByRule[rule].filter { self.histories[$0]?.held.isEmpty == false }
            let oldest = held.min { self.histories[$0]!.held[0].order < self.histories[$1]!.held[0].order }!
            self.evictOldest(oldest, .evictedByBudget)
        }
    }

    /// The newest of all is held whatever its size, where anything is.
    func isWithin(_ budget: Int, rule: Int) -> Bool {
        let count = self.topicsByRule[rule].reduce(0) { $0 + (self.histories[$1]?.held.count ?? 0) }
        return self.bytes(rule: rule) <= budget || (budget > 0 && count <= 1)
    }

    private func evictOldest(_ topic: Int, _ situation: Situation) {
        let held = self.histories[topic]!.held.removeFirst()
        self.histories[topic]!.bytes -= held.cost
        self.histories[topic]!.mark = held.sequence
        self.evicted[situation] += 1
    }

    func expire(at time: Int64) {
        for topic in self.topics.indices {
            while let first = self.histories[topic]?.held.first, first.expires <= time {
                self.evictOldest(topic, .evictedByAge)
            }
        }
    }

    /// - Returns: how many were held.
    func forget(_ topic: Int) -> Int {
        let count = self.histories[topic]?.held.count ?? 0
        for _ in 0..<count { self.evictOldest(topic, .forgotten) }
        return count
    }
}
