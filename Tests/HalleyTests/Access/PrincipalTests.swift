import HalleyHub
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
        let authority = Authority(rules: TopicRules(), key: APIKey("the-key")!, hook: nil)
        let principal = authority.principal(of: .make(.GET, "/sse" + showing.query, showing.headers))
        #expect(principal.token == showing.token)
        #expect(principal.identity == (showing.isKey ? .key : .anonymous))
        #expect(principal.address == "192.0.2.1")
    }

    @Test func scopesRepeatsByKeyElseByAddress() {
        let key = Principal(identity: .key, token: "the-key", address: "192.0.2.1")
        let elsewhere = Principal(identity: .key, token: "the-key", address: "192.0.2.2")
        let one = Principal(identity: .anonymous, token: nil, address: "192.0.2.1")
        let other = Principal(identity: .anonymous, token: nil, address: "192.0.2.2")
        #expect(key.idempotencyScope == elsewhere.idempotencyScope)
        #expect(Set([key, one, other].map(\.idempotencyScope)).count == 3)
    }
}
