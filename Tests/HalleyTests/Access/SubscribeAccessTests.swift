import HalleyHub
import NIOCore
import NIOPosix
import Testing

@testable import Halley

@Suite struct SubscribeAccessTests {
    private static let cursor = Cursor(epoch: 7, sequence: 3)

    /// Every way to begin, with the history's right and without.
    static let starts: [(StartPoint, StartPoint)] = [
        (.now, .now), (.earliest, .refused(.forbidden, given: "")), (.last(3), .refused(.forbidden, given: "")),
        (.malformed("x"), .refused(.malformed, given: "x")), (.after(cursor), .resuming(cursor, within: 5000)),
    ]

    enum Way: CaseIterable { case key, hookThatRefuses, hookThatIsMissing }

    @Test(arguments: starts, Way.allCases)
    func limitsWhoMayNotReadHistory(_ start: (StartPoint, StartPoint), _ way: Way) async throws {
        var rule = TopicRule(prefix: "")
        rule.history = way == .key ? .key : .hook
        rule.resume = 5000
        let refusing = AuthorizingClosure { _, _, topics in .refuse(topics) }
        let authority = Authority(
            rules: TopicRules([rule]), key: APIKey("the-key")!, authorizer: way == .hookThatRefuses ? refusing : nil)
        #expect(try await Self.starts(authority, .anonymous(), start.0) == start.1)
        #expect(try await Self.starts(authority, .key(), start.0) == start.0)
        let reader = Principal.user("ann", grants: [Grant([.history], to: try Topic("news"))])
        #expect(try await Self.starts(authority, reader, start.0) == start.0)
    }

    @Test func beginsAPollWithoutACursorByItsRight() async throws {
        var rule = TopicRule(prefix: "")
        rule.history = .key
        let authority = Authority(rules: TopicRules([rule]), key: APIKey("the-key")!)
        #expect(try await Self.starts(authority, .anonymous(), .now, now: .last(1)) == .now)
        #expect(try await Self.starts(authority, .key(), .now, now: .last(1)) == .last(1))
    }

    /// `history` that is not given means what `subscribe` means.
    @Test func readsHistoryAsItSubscribes() throws {
        var rule = TopicRule(prefix: "")
        for access in TopicRule.Access.allCases {
            rule.subscribe = access
            #expect(rule.history == access)
        }
        rule.history = .everyone
        rule.subscribe = .key
        #expect(rule.history == .everyone)
    }

    @Test func failsWhereItCannotBeSaid() async throws {
        struct Failure: Error {}
        var rule = TopicRule(prefix: "")
        rule.history = .hook
        let authority = Authority(
            rules: TopicRules([rule]), key: APIKey("the-key")!,
            authorizer: AuthorizingClosure { _, _, _ in throw Failure() })
        await #expect(throws: RequestError.self) { try await Self.starts(authority, .anonymous(), .earliest) }
        #expect(try await Self.starts(authority, .anonymous(), .now) == .now)
    }

    private static func starts(
        _ authority: Authority, _ principal: Principal, _ start: StartPoint, now: StartPoint = .now
    ) async throws -> StartPoint {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let topics = [(topic: try Topic("news"), start: start)]
        let access = try await authority.subscribe(principal, to: topics, now: now, on: eventLoop)
            .future(on: eventLoop).get()
        return access.topics[0].start
    }
}
