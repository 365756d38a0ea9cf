import NIOHTTP1
import Testing

@testable import Halley

@Suite struct OriginRulesTests {
    typealias Pair = (origin: String, host: String)

    static let same: [Pair] = [
        ("http://example.org", "example.org"), ("http://example.org:80", "example.org"),
        ("http://example.org", "example.org:80"), ("http://example.org:8080", "example.org:8080"),
        ("https://example.org", "example.org"), ("https://example.org", "example.org:443"),
        ("https://example.org:443", "example.org"), ("HTTP://Example.ORG", "example.org"),
        ("http://example.org", "EXAMPLE.org:80"), ("http://[::1]", "[::1]"), ("http://[::1]:80", "[::1]"),
        ("http://[::1]", "[::1]:80"), ("https://[2001:db8::1]", "[2001:db8::1]:443"),
        ("http://[2001:db8::1]:8080", "[2001:db8::1]:8080"), ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ]

    @Test(arguments: same) func knowsItsOwnPages(_ pair: Pair) {
        let rules = OriginRules([])
        #expect(rules.allows(Self.headers(pair.origin, pair.host)))
        #expect(
            Self.text(rules.replyHeaders(Self.headers(pair.origin, pair.host))) == [
                "Vary: Origin", "Access-Control-Allow-Origin: \(pair.origin)",
            ])
    }

    static let foreign: [Pair] = [
        ("http://example.org", "example.com"), ("http://example.org:8080", "example.org"),
        ("http://example.org", "example.org:8080"), ("http://example.org", "example.org:443"),
        ("https://example.org", "example.org:80"), ("http://sub.example.org", "example.org"),
        ("http://example.org.evil.test", "example.org"), ("http://evil.test#example.org", "example.org"),
        ("null", "example.org"), ("null", "null"), ("", "example.org"), ("", ""), ("example.org", "example.org"),
        ("http:example.org", "example.org"), ("http:/example.org", "example.org"), ("http://[::1]", "[::2]"),
        ("http://[::1]:8080", "[::1]"), ("http://::1", "[::1]"), ("*", "example.org"),
    ]

    @Test(arguments: foreign) func knowsForeignPages(_ pair: Pair) {
        let rules = OriginRules([])
        #expect(!rules.allows(Self.headers(pair.origin, pair.host)))
        #expect(Self.text(rules.replyHeaders(Self.headers(pair.origin, pair.host))).allSatisfy { $0 == "Vary: Origin" })
    }

    @Test func letsNamedPagesIn() {
        let rules = OriginRules(["https://app.example.org", "https://Other.example.org"])
        let named = Self.headers("https://app.example.org", "push.example.org")
        #expect(rules.allows(named))
        #expect(
            Self.text(rules.replyHeaders(named)) == [
                "Vary: Origin", "Access-Control-Allow-Origin: https://app.example.org",
                "Access-Control-Allow-Credentials: true",
            ])
        #expect(rules.allows(Self.headers("https://other.example.org", "push.example.org")))
        // By scheme, host and port, all three.
        let others = [
            "http://app.example.org", "https://app.example.org:8443", "https://app.example.org.evil.test", "null",
            "https://example.org", "https://evil.test/https://app.example.org",
        ]
        for other in others {
            let headers = Self.headers(other, "push.example.org")
            #expect(!rules.allows(headers), "\(other)")
            // A cache must not give this answer to a named page.
            #expect(Self.text(rules.replyHeaders(headers)) == ["Vary: Origin"], "\(other)")
        }
        #expect(Self.text(rules.replyHeaders(.make(.GET, "/", [("Host", "push.example.org")]))) == ["Vary: Origin"])
    }

    /// Fetch standard: `*` and credentials exclude each other.
    @Test(arguments: ["https://anything.test", "null", "http://push.example.org"])
    func letsAllInWithoutCredentials(_ origin: String) {
        let rules = OriginRules(["*"])
        let headers = Self.headers(origin, "push.example.org")
        #expect(rules.allows(headers))
        #expect(Self.text(rules.replyHeaders(headers)) == ["Access-Control-Allow-Origin: *"])
    }

    @Test func givesCredentialsToNamedPagesOnlyWhereAllAreLetIn() {
        let rules = OriginRules(["*", "https://app.example.org"])
        #expect(
            Self.text(rules.replyHeaders(Self.headers("https://other.test", "push.example.org"))) == [
                "Vary: Origin", "Access-Control-Allow-Origin: *",
            ])
        #expect(
            Self.text(rules.replyHeaders(Self.headers("https://app.example.org", "push.example.org"))) == [
                "Vary: Origin", "Access-Control-Allow-Origin: https://app.example.org",
                "Access-Control-Allow-Credentials: true",
            ])
    }

    /// CSP Level 3 §6.4.2: who may frame a document. A name must not bring a directive of its own.
    @Test func namesWhoMayFrame() {
        #expect(OriginRules([]).frameAncestors == "'self'")
        #expect(OriginRules(["*", "https://a.test"]).frameAncestors == "*")
        let names = ["https://b.test", "https://a.test:8443", "https://x.test; script-src *", "https://y.test, z", "é"]
        #expect(OriginRules(names).frameAncestors == "'self' https://a.test:8443 https://b.test")
    }

    @Test func letsInWhatIsNoPage() {
        #expect(OriginRules([]).allows(.make(.GET, "/", [("Host", "example.org")])))
        #expect(OriginRules([]).replyHeaders(.make(.GET, "/", [("Host", "example.org")])).isEmpty)
        #expect(!OriginRules([]).allows(.make(.GET, "/", [("Origin", "http://example.org")], minorVersion: 0)))
    }

    private static func headers(_ origin: String, _ host: String) -> RequestHead {
        .make(.GET, "/", [("Origin", origin), ("Host", host)])
    }

    private static func text(_ headers: [(String, String)]) -> [String] { headers.map { "\($0.0): \($0.1)" } }
}
