import HalleyHub

/// A topic rule in one line: `PREFIX key=value …`.
enum TopicRuleText {
    /// One setting of a rule, in and out of the line.
    private struct Key: Sendable {
        let name: String
        let read: @Sendable (String, inout TopicRule) throws -> Void
        let write: @Sendable (TopicRule) -> String
    }

    /// In the order in which they are shown.
    private static let keys: [Key] = [
        Self.access("publish", \.publish),
        Self.access("subscribe", \.subscribe),
        Self.access("history", \.history),
        Key(
            name: "resume", read: { $1.resume = try Quantity.milliseconds($0, in: 0...Quantity.longestAge) },
            write: { Quantity.text(milliseconds: $0.resume) }),
        Self.choice("presence", \.presence),
        Self.number("count", 0...1_000_000_000, \.count),
        Key(
            name: "age", read: { $1.age = try Quantity.milliseconds($0, in: 0...Quantity.longestAge) },
            write: { Quantity.text(milliseconds: $0.age) }),
        Key(
            name: "bytes", read: { $1.bytes = try Quantity.bytes($0, in: 0...Quantity.tebibyte) },
            write: { Quantity.text(bytes: $0.bytes) }),
        Self.choice("slow", \.slowReaders),
        Key(
            name: "budget", read: { $1.budget = try Quantity.bytes($0, in: 0...Quantity.tebibyte) },
            write: { Quantity.text(bytes: $0.budget ?? 0) }),
        Self.number("topics", 1...100_000_000, \.topics),
    ]

    /// All rules of a server; each prefix has one.
    static func parse(_ texts: [String]) throws -> [TopicRule] {
        let rules = try texts.map(self.parse)
        for (index, rule) in rules.enumerated()
        where rules[..<index].contains(where: { $0.prefix.utf8.elementsEqual(rule.prefix.utf8) }) {
            throw Invalid("there are two for “\(self.name(of: rule))”; write all that holds for it into one.")
        }
        return rules
    }

    static func parse(_ text: String) throws -> TopicRule {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let prefix = words.first, !prefix.contains("=") else {
            throw Invalid("must begin with a prefix, or “default”: “chat: publish=everyone”, not “\(text)”.")
        }
        var rule = TopicRule(prefix: try self.prefix(String(prefix)))
        var given: Set<String> = []
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Invalid("“\(word)” must be key=value.") }
            guard given.insert(parts[0]).inserted else { throw Invalid("“\(parts[0])” is there twice in “\(text)”.") }
            do { try self.set(parts[0], parts[1], in: &rule) } catch let error as Invalid {
                throw Invalid("“\(parts[0])” \(error)")
            }
        }
        return rule
    }

    /// The rule in full: as it can be read again.
    static func text(of rule: TopicRule) -> String {
        ([self.name(of: rule)] + self.keys.map { "\($0.name)=\($0.write(rule))" }).joined(separator: " ")
    }

    static func name(of rule: TopicRule) -> String { rule.prefix.isEmpty ? "default" : rule.prefix }

    // MARK: -

    private static func prefix(_ text: String) throws -> String {
        if text == "default" { return "" }
        if text.hasSuffix("*") {
            let stem = String(text.reversed().drop { $0 == "*" }.reversed())
            throw Invalid(
                "“\(text)” is no prefix: a rule goes for all topics that begin with its prefix, without a “*”. "
                    + "Write “\(stem.isEmpty ? "default" : stem)”.")
        }
        guard text.utf8.count <= Topic.maximumLength else {
            throw Invalid("a prefix may have \(Topic.maximumLength) bytes, as no topic is longer: “\(text)”.")
        }
        return text
    }

    private static func set(_ name: String, _ value: String, in rule: inout TopicRule) throws {
        guard let key = self.keys.first(where: { $0.name == name }) else {
            throw Invalid("is no key; there are \(self.keys.map(\.name).joined(separator: ", ")).")
        }
        try key.read(value, &rule)
    }

    private static func access(
        _ name: String, _ path: any WritableKeyPath<TopicRule, TopicRule.Access> & Sendable
    ) -> Key {
        Key(
            name: name,
            read: { value, rule in
                switch TopicRule.Access(rawValue: value) {
                case .everyone: rule[keyPath: path] = .everyone
                case .key: rule[keyPath: path] = .key
                case .hook:
                    throw Invalid(
                        "can't be “hook” here: only a program that embeds Halley has one. Say everyone or key.")
                case nil: throw Invalid("must be everyone or key, not “\(value)”.")
                }
            },
            write: { $0[keyPath: path].rawValue })
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ name: String, _ path: any WritableKeyPath<TopicRule, Choice> & Sendable
    ) -> Key {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return Key(
            name: name,
            read: { value, rule in
                guard let choice = Choice(rawValue: value) else { throw Invalid("must be \(all), not “\(value)”.") }
                rule[keyPath: path] = choice
            },
            write: { $0[keyPath: path].rawValue })
    }

    private static func number(
        _ name: String, _ range: ClosedRange<Int>, _ path: any WritableKeyPath<TopicRule, Int> & Sendable
    ) -> Key {
        Key(
            name: name, read: { $1[keyPath: path] = try Quantity.number($0, in: range) },
            write: { "\($0[keyPath: path])" })
    }
}
