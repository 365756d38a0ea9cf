import HalleyHub

/// What is drawn for a run before its first step.
struct RunPlan {
    let rules: TopicRules
    let topics: [Topic]
    let shards: Int
    let clients: Int
    let steps: Int
    /// More topics than a cursor has place for: then marks may be soft, and publications may come twice.
    let isWide: Bool
    /// So long that one turn takes several writes.
    let hasLongPublications: Bool
    /// Publications a page; `nil`: as many as are asked for.
    let pageLimit: Int?
    /// Percent of the pages that are answered later.
    let latePages: Int
    /// Percent of the pages that fail.
    var failedPages: Int
    /// Percent of the connections that read slowly.
    let slowOutlets: Int
    /// Whether the log has a past when the hub begins.
    let hasPast: Bool

    init(_ random: inout SeededRandom) {
        self.isWide = random.chance(4)
        self.hasLongPublications = random.chance(8)
        let topics = self.isWide ? 24 : random.pick(1...6)
        self.topics = (0..<topics).map { Self.topic($0) }
        let isRoomy = self.hasLongPublications
        let rules = ["", "b", "c"].prefix(random.pick(1...3)).map { Self.rule($0, isRoomy: isRoomy, &random) }
        self.rules = TopicRules(rules, budget: isRoomy ? 64 << 20 : random.pick(2000...40_000))
        self.shards = random.pick(1...3)
        self.clients = random.pick(1...6)
        let length = random.below(100)
        self.steps = 30 + length * length * 170 / 10_000
        self.pageLimit = random.chance(60) ? random.pick(1...6) : nil
        self.latePages = random.chance(50) ? 0 : random.pick(10...100)
        self.failedPages = random.chance(10) ? 10 : 0
        self.slowOutlets = random.chance(40) ? 0 : random.pick(20...100)
        self.hasPast = random.chance(10)
    }

    /// Names under each of the prefixes in turn.
    private static func topic(_ number: Int) -> Topic {
        let prefix = ["a", "b", "c"][number % 3]
        do { return try Topic("\(prefix)\(number / 3)") } catch { preconditionFailure("\(error)") }
    }

    private static func rule(_ prefix: String, isRoomy: Bool, _ random: inout SeededRandom) -> TopicRule {
        var rule = TopicRule(prefix: prefix)
        rule.count = random.chance(50) ? random.pick(0...10) : 1000
        if !isRoomy, random.chance(40) { rule.bytes = random.pick(200...8000) }
        if isRoomy { rule.bytes = 16 << 20 }
        if random.chance(40) { rule.age = Int64(random.pick(1...100)) }
        if !isRoomy, random.chance(40) { rule.budget = random.pick(300...16_000) }
        if random.chance(30) { rule.topics = random.pick(1...3) }
        rule.slowReaders = random.pick(SlowReaderPolicy.allCases)
        return rule
    }
}
