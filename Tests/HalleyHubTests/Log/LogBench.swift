import NIOCore

@testable import HalleyHub

/// A log by hand: each publication takes 512 bytes and its data, whose storage is a power of two.
struct LogBench {
    var log: Log
    var time: Int64 = 0

    init(_ rules: [TopicRule] = [], budget: Int = 1 << 20) {
        self.log = Log(epoch: Bench.epoch, rules: TopicRules(rules, budget: budget))
    }

    mutating func publish(_ topics: String..., bytes: Int = 0) {
        do {
            let data = ByteBuffer(repeating: 0x78, count: bytes)
            let draft = try PublicationDraft(topics: topics.map(Bench.topic), content: .binary(data))
            _ = self.log.append([draft], at: LogTime(wall: self.time, steady: self.time))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    mutating func announce(_ topic: String) {
        let draft = PublicationDraft(announcing: .join, .text(""), in: Bench.topic(topic))
        _ = self.log.append([draft], at: LogTime(wall: self.time, steady: self.time))
    }

    mutating func expire() { self.log.expire(at: LogTime(wall: self.time, steady: self.time)) }

    func mark(_ topic: String) -> UInt64 { self.log.evictedThrough(Bench.topic(topic)) }

    func page(
        _ interests: [(String, HistoryQuery.Start)], through: UInt64? = nil, count: Int = 256, bytes: Int = 64 << 10
    ) -> HistoryPage {
        let interests = interests.map { HistoryQuery.Interest(Bench.topic($0.0), $0.1) }
        return self.log.page(
            HistoryQuery(interests, through: through, maximumCount: count, maximumBytes: bytes),
            at: LogTime(wall: self.time, steady: self.time))
    }

    /// The sequences that are held of a topic.
    func held(_ topic: String) -> [UInt64] { self.page([(topic, .earliest)]).publications.map(\.sequence) }
}

extension TopicRule {
    /// One that limits nothing but what is said.
    static func limited(
        _ prefix: String = "", count: Int = .max, age: Int64 = 1 << 40, bytes: Int = .max, budget: Int? = nil,
        topics: Int = .max
    ) -> TopicRule {
        var rule = TopicRule(prefix: prefix)
        rule.count = count
        rule.age = age
        rule.bytes = bytes
        rule.budget = budget
        rule.topics = topics
        return rule
    }
}
