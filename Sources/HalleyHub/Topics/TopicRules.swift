/// All rules of a server: the longest prefix that fits a topic decides.
public struct TopicRules: Sendable {
    /// The default rule first, then the others, longest prefix first.
    public let all: [TopicRule]

    /// - Parameters:
    ///   - rules: at most one per prefix; one with an empty prefix replaces the default.
    ///   - budget: bytes that all rules hold together; rules without a budget of their own share what is left. Budgets
    ///     that are more than a number can say leave nothing.
    public init(_ rules: [TopicRule] = [], budget: Int = 256 << 20) {
        var fallback = TopicRule(prefix: "")
        var others: [TopicRule] = []
        for rule in rules {
            if rule.prefix.isEmpty { fallback = rule } else { others.append(rule) }
        }
        others.sort { $0.prefix.utf8.count > $1.prefix.utf8.count }
        self.all = Self.share(budget, among: [fallback] + others)
    }

    private static func share(_ budget: Int, among rules: [TopicRule]) -> [TopicRule] {
        let given = rules.reduce(0) { $0.saturatingAdd(max(0, $1.budget ?? 0)) }
        let open = rules.count { $0.budget == nil }
        guard open > 0 else { return rules }
        let share = max(0, max(0, budget) - given) / open
        return rules.map { rule in
            var rule = rule
            rule.budget = rule.budget ?? share
            return rule
        }
    }

    package func index(for topic: Topic) -> Int {
        var index = 1
        while index < self.all.count {
            if topic.name.beginsWithBytes(of: self.all[index].prefix) { return index }
            index += 1
        }
        return 0
    }

    public func rule(for topic: Topic) -> TopicRule { self.all[self.index(for: topic)] }

    // Without a copy of the whole rule, for those who come and go.
    func slowReaders(of topic: Topic) -> SlowReaderPolicy { self.all[self.index(for: topic)].slowReaders }
    func presence(of topic: Topic) -> PresencePolicy { self.all[self.index(for: topic)].presence }
}
