import Halley
import HalleyHub

/// What no setting tells alone: whether they can be meant together.
extension Settings {
    /// - Throws: ``SettingsError``.
    func check() throws {
        let given = self.server.rules.compactMap(\.budget)
        let memory = self.server.historyMemory
        // Each is a tebibyte at most.
        guard given.reduce(0, +) <= memory else {
            throw SettingsError(
                "rule",
                "the budgets are \(Quantity.text(bytes: given.reduce(0, +))) together, more than history-memory "
                    + "(\(Quantity.text(bytes: memory))); lower them, or raise history-memory.")
        }
    }

    /// What may be meant, but mostly isn't.
    var warnings: [String] { self.emptyBudgets + self.openStems }

    func printWarnings() {
        for warning in self.warnings { Terminal.error("halley: warning: \(warning)") }
    }

    private var emptyBudgets: [String] {
        let rules = self.server.topicRules.all
        // What is given as nothing is meant.
        let empty = rules.filter { rule in
            rule.budget == 0 && !self.server.rules.contains { $0.prefix == rule.prefix && $0.budget != nil }
        }
        if empty.isEmpty { return [] }
        let names = empty.map { "“\(TopicRuleText.name(of: $0))”" }.joined(separator: ", ")
        return [
            "nothing of history-memory is left for \(names): these topics hold no history. Raise history-memory, or lower "
                + "the budgets of the other rules."
        ]
    }

    /// A rule “secret:” closes what begins so, and leaves the topic “secret” open.
    private var openStems: [String] {
        let rules = self.server.topicRules
        return rules.all.compactMap { rule in
            guard let stem = Self.stem(of: rule.prefix), let topic = try? Topic(stem) else { return nil }
            let other = rules.rule(for: topic)
            let open = Self.rights.filter { rule[keyPath: $0.path] == .key && other[keyPath: $0.path] == .everyone }
            if open.isEmpty { return nil }
            let words = open.map { "\($0.name)=key" }.joined(separator: " ")
            return "the rule “\(rule.prefix)” says \(words), but the topic “\(stem)” is under "
                + "“\(TopicRuleText.name(of: other))” and stays open to everyone. Write “\(stem)” in place of "
                + "“\(rule.prefix)”, which goes for both, or add a rule “\(stem) \(words)”."
        }
    }

    private static let rights: [(name: String, path: any KeyPath<TopicRule, TopicRule.Access> & Sendable)] = [
        ("publish", \.publish), ("subscribe", \.subscribe), ("history", \.history),
    ]

    /// The prefix without the signs at its end; `nil` where it has none.
    private static func stem(of prefix: String) -> String? {
        guard let last = prefix.last, !last.isLetter, !last.isNumber else { return nil }
        return String(prefix.reversed().drop { !$0.isLetter && !$0.isNumber }.reversed())
    }
}
