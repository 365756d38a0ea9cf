import HalleyHub
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct PrincipalTests {
    typealias Showing = (headers: [(String, String)], query: String, token: String?, isKey: Bool)

    static let showings: [Showing] = [
        ([], "", nil, false), ([("Authorization", "Bearer the-key")], "", "the-key", true),
        // RFC 9110 §11.1: the scheme's name in any case.
        ([("Authorization", "bearer the-key")], "", "the-key", true),
        ([("authorization", "BEARER  the-key ")], "", "the-key", true),
        ([("Authorization", "Bearer the-key2")], "", "the-key2", false),
        ([("Authorization", "Bearer THE-KEY")], "", "THE-KEY", false),
        ([("Authorization", "Basic dXNlcjp0aGUta2V5")], "", nil, false),
        ([("Authorization", "the-key")], "", nil, false),
        ([("Authorization", "Bearer")], "", nil, false),
        ([], "?access_token=the-key", "the-key", true), ([], "?access_token=the%2Dkey", "the-key", true),
        ([], "?access_token=guess", "guess", false), ([], "?Access_token=the-key", nil, false),
        ([], "?token=the-key", nil, false),
        ([], "?access_token=%ff", nil, false),
        // The header wins.
        ([("Authorization", "Bearer guess")], "?access_token=the-key", "guess", false),
        ([("Authorization", "Bearer the-key")], "?access_token=guess", "the-key", true),
        ([("Authorization", "Basic dXNlcjp0aGUta2V5")], "?access_token=the-key", "the-key", true),
    ]

    @Test(arguments: showings) func isWhatTheRequestShows(_ showing: Showing) {
        let authority = Authority(rules: TopicRules(), key: APIKey("the-key")!)
        let head = RequestHead.make(.GET, "/sse" + showing.query, showing.headers)
        guard case .now(let principal) = authority.principal(of: head, on: EmbeddedEventLoop()) else {
            Issue.record("nobody is to be asked")
            return
        }
        #expect(principal.token == showing.token)
        #expect(principal.identity == (showing.isKey ? .key : .anonymous))
        #expect(principal.address == "192.0.2.1")
    }

    @Test func scopesRepeatsByWhatItShows() {
        let principals: [Principal] = [
            .key(), .user("ann"), .user("bob"), .anonymous("one"), .anonymous("two"), .anonymous(),
            .anonymous(from: "192.0.2.2"),
        ]
        #expect(Set(principals.map(IdempotencyKey.Scope.init)).count == principals.count)
        #expect(IdempotencyKey.Scope(.key()) == IdempotencyKey.Scope(.key(from: "192.0.2.2")))
        #expect(
            IdempotencyKey.Scope(.user("ann", token: "a"))
                == IdempotencyKey.Scope(.user("ann", token: "b", from: "192.0.2.2")))
        #expect(IdempotencyKey.Scope(.anonymous("a")) == IdempotencyKey.Scope(.anonymous("a", from: "192.0.2.2")))
    }

    /// A token that nobody knows costs its address: it could be made up anew for each key.
    @Test(arguments: [true, false]) func ownsRepeatsByWhatIsKnown(_ countsLocal: Bool) {
        typealias Owner = IdempotencyKey.Owner
        func owner(_ principal: Principal) -> Owner { Owner(principal, countsLocal: countsLocal) }
        #expect(owner(.key()) == .key)
        #expect(owner(.user("ann")) == .user("ann"))
        #expect(owner(.anonymous("one")) == .address("192.0.2.1"))
        #expect(owner(.anonymous("one")) == owner(.anonymous()))
        #expect(owner(.anonymous(from: "127.0.0.2")) == (countsLocal ? .address("127.0.0.2") : .local))
    }
}
