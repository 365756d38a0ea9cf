import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import Halley

@Suite struct AuthorityTests {
    enum Who: CaseIterable {
        case key, nobody, stranger

        var principal: Principal {
            switch self {
            case .key: Principal(identity: .key, token: "the-key", address: "192.0.2.1")
            case .nobody: Principal(identity: .anonymous, token: nil, address: "192.0.2.1")
            case .stranger: Principal(identity: .anonymous, token: "guess", address: "192.0.2.1")
            }
        }
    }

    static let actions: [Action] = [.publish, .subscribe, .history, .presence, .administer]

    /// The rule that an action asks is as given; all others let everyone.
    private static func rules(_ action: Action, _ access: TopicRule.Access) -> TopicRules {
        var rule = TopicRule(prefix: "")
        rule.publish = action == .publish ? access : .everyone
        rule.subscribe = action == .subscribe || action == .presence ? access : .everyone
        rule.history = action == .history ? access : .everyone
        return TopicRules([rule])
    }

    private static func expected(_ who: Who, _ action: Action, _ access: TopicRule.Access, _ hook: Bool?) -> Refusal? {
        switch (who, action == .administer ? .key : access) {
        case (.key, _), (_, .everyone): nil
        case (.nobody, .key): Refusal(401, "key_missing")
        case (.stranger, .key): Refusal(403, "key_wrong")
        case (_, .hook): hook == true ? nil : Refusal(403, "forbidden")
        }
    }

    @Test(arguments: actions, TopicRule.Access.allCases)
    func decidesByRuleAndPrincipal(_ action: Action, _ access: TopicRule.Access) async throws {
        for who in Who.allCases {
            for hook in [true, false, nil] as [Bool?] {
                let authority = Authority(
                    rules: Self.rules(action, access), key: APIKey("the-key")!,
                    hook: hook.map { answer in { @Sendable _, _, _ in answer } })
                let refusal = await Self.refusal(authority, who.principal, action, [try Topic("news")])
                #expect(refusal == Self.expected(who, action, access, hook), "\(who), hook \(hook as Any)")
            }
        }
    }

    @Test func asksTheHookForEachOfItsTopics() async throws {
        var open = TopicRule(prefix: "open:")
        open.subscribe = .everyone
        var asked = TopicRule(prefix: "ask:")
        asked.subscribe = .hook
        let calls = NIOLockedValueBox<[String]>([])
        let authority = Authority(rules: TopicRules([open, asked]), key: APIKey("the-key")!) {
            principal, action, topic in
            calls.withLockedValue { $0.append("\(principal.address) \(action) \(topic)") }
            return topic.name != "ask:no"
        }
        let topics = try ["open:1", "ask:1", "ask:2"].map { try Topic($0) }
        #expect(await Self.refusal(authority, Who.nobody.principal, .subscribe, topics) == nil)
        #expect(calls.withLockedValue { $0 } == ["192.0.2.1 subscribe ask:1", "192.0.2.1 subscribe ask:2"])
        let mixed = try topics + [Topic("ask:no")]
        #expect(await Self.refusal(authority, Who.nobody.principal, .subscribe, mixed) == Refusal(403, "forbidden"))
        calls.withLockedValue { $0 = [] }
        #expect(await Self.refusal(authority, Who.key.principal, .subscribe, mixed) == nil)
        #expect(calls.withLockedValue { $0 } == [])
    }

    @Test func refusesAllForOneTopic() async throws {
        var closed = TopicRule(prefix: "closed:")
        closed.history = .key
        let authority = Authority(rules: TopicRules([closed]), key: APIKey("the-key")!, hook: nil)
        let topics = [try Topic("news"), try Topic("closed:1")]
        #expect(await Self.refusal(authority, Who.nobody.principal, .history, topics) == Refusal(401, "key_missing"))
        #expect(await Self.refusal(authority, Who.nobody.principal, .history, [try Topic("news")]) == nil)
    }

    @Test func requiresTheKeyWhateverTheTopic() {
        let authority = Authority(rules: TopicRules(), key: APIKey("the-key")!, hook: { _, _, _ in true })
        #expect(Refusal.of { try authority.requireKey(Who.key.principal) } == nil)
        #expect(Refusal.of { try authority.requireKey(Who.nobody.principal) } == Refusal(401, "key_missing"))
        #expect(Refusal.of { try authority.requireKey(Who.stranger.principal) } == Refusal(403, "key_wrong"))
    }

    /// RFC 9110 §11.6.1: a 401 says what is wanted.
    @Test func saysWhatIsWanted() throws {
        let authority = Authority(rules: TopicRules(), key: APIKey("the-key")!, hook: nil)
        let error = try #require(throws: RequestError.self) { try authority.requireKey(Who.nobody.principal) }
        #expect(error.headers.map { "\($0.0): \($0.1)" } == ["WWW-Authenticate: Bearer"])
    }

    private static func refusal(
        _ authority: Authority, _ principal: Principal, _ action: Action, _ topics: [Topic]
    ) async -> Refusal? {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        do {
            try await authority.authorize(principal, action, topics, on: eventLoop).get()
            return nil
        } catch {
            return (error as? RequestError).map(Refusal.init)
        }
    }
}
