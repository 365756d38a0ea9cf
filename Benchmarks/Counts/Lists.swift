import HalleyHub
import NIOCore

/// A page of what there is much of, as it is read under a lock: it costs what it returns, however much there is.
enum Lists {
    static let all = [topics, members]

    private static let count = 100_000
    private static let page = 100

    private static let topics = Scenario(name: "list 100 of 100000 topics", unit: "page") {
        let engine = MemoryEngine(rules: TopicRules())
        for batch in 0..<(Self.count / 1000) {
            engine.publish(try (0..<1000).map { try Self.draft(batch * 1000 + $0) }) { _ in }
        }
        let query = TopicQuery(prefix: "t", after: try Self.topic(Self.count / 2).name, limit: Self.page)
        return { units in for _ in 0..<units { engine.topics(query) { _ in } } }
    }

    private static let members = Scenario(name: "list 100 of 100000 members", unit: "page") {
        let rules = TopicRules()
        let presence = Presence(rules: rules, engine: MemoryEngine(rules: rules))
        let topic = try Topic("news")
        for number in 0..<UInt64(Self.count) { presence.connect(Member(client: ClientID(number)), to: [topic]) }
        return { units in for _ in 0..<units { _ = presence.members(on: topic, limit: Self.page) } }
    }

    /// In no order.
    private static func draft(_ number: Int) throws -> PublicationDraft {
        try PublicationDraft(topics: [self.topic(number * 7919 % self.count)], content: .text(""))
    }

    private static func topic(_ number: Int) throws -> Topic { try Topic("t\(1_000_000 + number)") }
}
