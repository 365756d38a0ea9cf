import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Halley

@Suite struct AuthorityTests {
    enum Who: CaseIterable {
        case key, nobody, stranger, user, granted

        var principal: Principal {
            switch self {
            case .key: .key()
            case .nobody: .anonymous()
            case .stranger: .anonymous("guess")
            case .user: .user("ann")
            case .granted: .user("bob", grants: [Grant(Set(TopicAction.allCases), toTopicsBeginningWith: "ne")])
            }
        }
    }

    enum Answer: CaseIterable {
        case allows, refuses, fails, isMissing

        var authorizer: (any Authorizer)? {
            switch self {
            case .allows: AuthorizingClosure { _, _, _ in .allow() }
            case .refuses: AuthorizingClosure { _, _, topics in .refuse(topics) }
            case .fails: AuthorizingClosure { _, _, _ in throw Failure() }
            case .isMissing: nil
            }
        }
    }

    struct Failure: Error {}

    /// The rule that an action asks is as given; all others let everyone.
    private static func rules(_ action: TopicAction, _ access: TopicRule.Access) -> TopicRules {
        var rule = TopicRule(prefix: "")
        rule.publish = action == .publish ? access : .everyone
        rule.subscribe = action == .subscribe || action == .presence ? access : .everyone
        rule.history = action == .history ? access : .everyone
        return TopicRules([rule])
    }

    private static func expected(_ who: Who, _ access: TopicRule.Access, _ answer: Answer) -> Refusal? {
        switch (who, access, answer) {
        case (.key, _, _), (.granted, _, _), (_, .everyone, _): nil
        case (.nobody, .key, _): Refusal(401, "key_missing")
        case (.stranger, .key, _): Refusal(403, "key_wrong")
        case (.user, .key, _): Refusal(403, "forbidden")
        case (_, .hook, .allows): nil
        case (_, .hook, .refuses), (_, .hook, .isMissing): Refusal(403, "forbidden")
        case (_, .hook, .fails): Refusal(503, "access_unknown")
        }
    }

    @Test(arguments: TopicAction.allCases, TopicRule.Access.allCases)
    func decidesByRuleAndPrincipal(_ action: TopicAction, _ access: TopicRule.Access) async throws {
        for who in Who.allCases {
            for answer in Answer.allCases {
                let authority = Authority(
                    rules: Self.rules(action, access), key: APIKey("the-key")!, authorizer: answer.authorizer)
                let refusal = await Self.refusal(authority, who.principal, action, [try Topic("news")])
                #expect(refusal == Self.expected(who, access, answer), "\(who), \(answer)")
            }
        }
    }

    @Test func asksOnceForAllOfItsTopics() async throws {
        var open = TopicRule(prefix: "open:")
        open.subscribe = .everyone
        var asked = TopicRule(prefix: "ask:")
        asked.subscribe = .hook
        let calls = NIOLockedValueBox<[String]>([])
        let authorizer = AuthorizingClosure { principal, action, topics in
            calls.withLockedValue { $0.append("\(principal.address) \(action) \(topics)") }
            return .refuse(topics.filter { $0.name == "ask:no" })
        }
        let authority = Authority(
            rules: TopicRules([open, asked]), key: APIKey("the-key")!, authorizer: authorizer)
        let topics = try ["open:1", "ask:1", "ask:2", "ask:1"].map { try Topic($0) }
        #expect(await Self.refusal(authority, .anonymous(), .subscribe, topics) == nil)
        #expect(calls.withLockedValue { $0 } == ["192.0.2.1 subscribe [ask:1, ask:2]"])
        let mixed = try topics + [Topic("ask:no")]
        #expect(await Self.refusal(authority, .anonymous(), .subscribe, mixed) == Refusal(403, "forbidden"))
        calls.withLockedValue { $0 = [] }
        #expect(await Self.refusal(authority, .key(), .subscribe, mixed) == nil)
        #expect(calls.withLockedValue { $0 } == [])
    }

    @Test func refusesAllForOneTopic() async throws {
        var closed = TopicRule(prefix: "closed:")
        closed.history = .key
        let authority = Authority(rules: TopicRules([closed]), key: APIKey("the-key")!)
        let topics = [try Topic("news"), try Topic("closed:1")]
        #expect(await Self.refusal(authority, .anonymous(), .history, topics) == Refusal(401, "key_missing"))
        #expect(await Self.refusal(authority, .anonymous(), .history, [try Topic("news")]) == nil)
    }

    @Test func requiresTheKeyWhateverTheTopic() {
        let authority = Authority(
            rules: TopicRules(), key: APIKey("the-key")!, authorizer: AuthorizingClosure { _, _, _ in .allow() })
        func refusal(_ headers: [(String, String)]) -> Refusal? {
            Refusal.of { try authority.requireKey(.make(.GET, "/topics", headers)) }
        }
        #expect(refusal([("Authorization", "Bearer the-key")]) == nil)
        #expect(refusal([]) == Refusal(401, "key_missing"))
        #expect(refusal([("Authorization", "Bearer guess")]) == Refusal(403, "key_wrong"))
    }

    /// RFC 9110 §11.6.1: a 401 says what is wanted.
    @Test func saysWhatIsWanted() throws {
        let authority = Authority(rules: TopicRules(), key: APIKey("the-key")!)
        let error = try #require(throws: RequestError.self) { try authority.requireKey(.make(.GET, "/topics")) }
        #expect(error.headers.map { "\($0.0): \($0.1)" } == ["WWW-Authenticate: Bearer"])
    }

    // MARK: - Until when

    @Test func holdsUntilTheFirstEnd() async throws {
        var rule = TopicRule(prefix: "")
        rule.subscribe = .hook
        let farthest = Int64.max - LogTime.now().wall - 1_000_000
        let cases: [(principal: Int64?, decision: Int64?, isSoon: Bool)] = [
            (nil, nil, false), (60_000, nil, true), (nil, 60_000, true), (60_000, 9_000_000, true),
            (9_000_000, 60_000, true), (9_000_000, nil, false), (farthest, farthest, false),
        ]
        for (principal, decision, isSoon) in cases {
            let (begin, now) = (NIODeadline.now(), LogTime.now().wall)
            let until = decision.map { now + $0 }
            let authority = Authority(
                rules: TopicRules([rule]), key: APIKey("the-key")!,
                authorizer: AuthorizingClosure { _, _, _ in .allow(until: until) })
            let ann = Principal.user("ann", expires: principal.map { now + $0 })
            let end = try await authority.require(ann, .subscribe, [try Topic("news")], on: Self.eventLoop)
                .future(on: Self.eventLoop).get()
            #expect((end <= .now() + .seconds(60)) == isSoon, "\(principal as Any), \(decision as Any)")
            #expect(end >= begin + .seconds(59))
        }
    }

    // MARK: - Who it is

    @Test func asksTheAuthenticatorForEveryTokenButTheKey() async throws {
        let calls = NIOLockedValueBox<[String]>([])
        let authenticator = AuthenticatingClosure { credentials in
            let token = credentials.token ?? "-"
            calls.withLockedValue { $0.append(token) }
            switch token {
            case "ann": return Principal(user: "Ann", showing: credentials)
            case "old": return Principal(user: "Old", showing: credentials, expires: LogTime.now().wall - 1)
            case "ill": throw Failure()
            default: return nil
            }
        }
        let authority = Authority(
            rules: TopicRules(), key: APIKey("the-key")!, authenticator: authenticator)
        let answers: [(String?, Principal.Identity?, Refusal?)] = [
            (nil, .anonymous, nil), ("the-key", .key, nil), ("ann", .user("Ann"), nil), ("guess", .anonymous, nil),
            ("old", nil, Refusal(401, "credential_expired")), ("ill", nil, Refusal(503, "access_unknown")),
        ]
        for (token, identity, refusal) in answers {
            let head = RequestHead.make(.GET, "/sse", token.map { [("Authorization", "Bearer \($0)")] } ?? [])
            let future = authority.principal(of: head, on: Self.eventLoop).future(on: Self.eventLoop)
            do {
                let principal = try await future.get()
                #expect(principal.identity == identity)
                #expect(principal.token == token)
            } catch {
                #expect((error as? RequestError).map(Refusal.init) == refusal, "\(token ?? "none")")
            }
        }
        #expect(calls.withLockedValue { $0 } == ["ann", "guess", "old", "ill"])
    }

    // MARK: -

    private static let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    private static func refusal(
        _ authority: Authority, _ principal: Principal, _ action: TopicAction, _ topics: [Topic]
    ) async -> Refusal? {
        do {
            _ = try await authority.require(principal, action, topics, on: self.eventLoop).future(on: self.eventLoop)
                .get()
            return nil
        } catch {
            return (error as? RequestError).map(Refusal.init)
        }
    }
}
