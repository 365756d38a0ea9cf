import HalleyHub

/// A topic rule in one line: `PREFIX key=value …`.
enum TopicRuleText {
    static func parse(_ text: String) throws -> TopicRule {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let prefix = words.first, !prefix.contains("=") else {
            throw Invalid("must begin with a prefix, or “default”: “chat: publish=everyone”, not “\(text)”.")
        }
        var rule = TopicRule(prefix: prefix == "default" ? "" : String(prefix))
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Invalid("“\(word)” must be key=value.") }
            do { try self.set(parts[0], parts[1], in: &rule) } catch let error as Invalid {
                throw Invalid("“\(parts[0])” \(error)")
            }
        }
        return rule
    }

    private static func set(_ key: String, _ value: String, in rule: inout TopicRule) throws {
        switch key {
        case "publish": rule.publish = try self.choice(value)
        case "subscribe": rule.subscribe = try self.choice(value)
        case "history": rule.history = try self.choice(value)
        case "slow": rule.slowReaders = try self.choice(value)
        case "presence": rule.presence = try self.choice(value)
        case "count": rule.count = try self.count(value)
        case "topics": rule.topics = max(1, try self.count(value))
        case "resume": rule.resume = try Quantity.milliseconds(value)
        case "age": rule.age = try Quantity.milliseconds(value)
        case "bytes": rule.bytes = try Quantity.bytes(value)
        case "budget": rule.budget = try Quantity.bytes(value)
        default:
            throw Invalid(
                "is no key; there are publish, subscribe, history, resume, presence, count, age, bytes, slow, budget, topics."
            )
        }
    }

    private static func count(_ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else { throw Invalid("must be a whole number, not “\(value)”.") }
        return number
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ value: String) throws -> Choice {
        if let choice = Choice(rawValue: value) { return choice }
        throw Invalid("must be \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not “\(value)”.")
    }
}
