import HalleyHub
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §3.
@Suite struct SubscribeParametersTests {
    typealias Case = (query: String, topics: [String], refusal: Refusal?)

    private static let missing = Refusal(400, "topic_missing")
    private static let invalid = Refusal(400, "topic_invalid")

    static let topics: [Case] = [
        ("topic=news", ["news"], nil), ("topic=b&topic=a", ["b", "a"], nil), ("topic=a%20b%26&x=1", ["a b&"], nil),
        ("topic=%C3%A9%F0%9F%98%80", ["é😀"], nil),
        ("topic=" + String(repeating: "x", count: 255), [String(repeating: "x", count: 255)], nil),
        ("", [], missing), ("Topic=a", [], missing), ("cursor=earliest", [], missing),
        ("topic=", [], invalid), ("topic", [], invalid), ("topic=a&topic=", [], invalid), ("topic=%00", [], invalid),
        ("topic=a%0ab", [], invalid), ("topic=%7f", [], invalid), ("topic=%C2%80", [], invalid),
        ("topic=%C2%9F", [], invalid),
        ("topic=%C2%A0", ["\u{a0}"], nil),
        ("topic=%ff", [], invalid), ("topic=%4", [], invalid),
        ("topic=" + String(repeating: "x", count: 256), [], invalid),
        ("topic=" + String(repeating: "%C3%A9", count: 128), [], invalid),
        ("topic=$SYS", [], Refusal(400, "topic_reserved")), ("topic=%24", [], Refusal(400, "topic_reserved")),
        ("topic=a$", ["a$"], nil), ("topic=a*b", ["a*b"], nil),
        ("topic=news.*", [], Refusal(400, "topic_reserved")), ("topic=%2A", [], Refusal(400, "topic_reserved")),
        // Named twice it counts once; two spellings of one visible name are two.
        ("topic=b&topic=a&topic=b", ["b", "a"], nil), ("topic=a&topic=%61", ["a"], nil),
        ("topic=%C3%A9&topic=e%CC%81", ["é", "e\u{301}"], nil),
        // Half of a surrogate pair, as UTF-8 does not have it.
        ("topic=%ED%A0%BD", [], invalid),
    ]

    @Test(arguments: topics) func readsTopics(_ case: Case) throws {
        let request = RequestHead.make(.GET, "/sse?" + `case`.query)
        if let refusal = `case`.refusal {
            #expect(Refusal.of { _ = try SubscribeParameters(request, defaultFormat: .raw) } == refusal)
        } else {
            #expect(try SubscribeParameters(request, defaultFormat: .raw).topics.map(\.topic.name) == `case`.topics)
            // Presence, publishing and forgetting read them alone.
            #expect(try SubscribeParameters.topics(request.target).map(\.name) == `case`.topics)
        }
    }

    @Test(arguments: [(100, true), (101, false)]) func takesSoManyTopics(_ count: Int, _ isAllowed: Bool) {
        let query = (0..<count).map { "topic=t\($0)" }.joined(separator: "&")
        // Those that repeat don't count.
        for uri in ["/sse?" + query, "/sse?" + query + "&topic=t0&topic=t1"] {
            let refusal = Refusal.of { _ = try SubscribeParameters(.make(.GET, uri), defaultFormat: .raw) }
            #expect(refusal == (isAllowed ? nil : Refusal(400, "too_many_topics")))
        }
    }

    static let formats: [(String, SubscribeParameters.Format?)] = [
        ("", .envelope), ("&format=raw", .raw), ("&format=envelope", .envelope), ("&format=", nil),
        ("&format=RAW", nil),
        ("&format=xml", nil), ("&format=%ff", nil),
    ]

    @Test(arguments: formats) func readsTheFormat(_ query: String, _ format: SubscribeParameters.Format?) throws {
        let request = RequestHead.make(.GET, "/ws?topic=a" + query)
        if let format {
            #expect(try SubscribeParameters(request, defaultFormat: .envelope).format == format)
        } else {
            let refusal = Refusal.of { _ = try SubscribeParameters(request, defaultFormat: .envelope) }
            #expect(refusal == Refusal(400, "parameter_invalid"))
        }
    }

    @Test(arguments: [("", false), ("&hello=1", true), ("&hello=0", false), ("&hello", false), ("&hello=true", false)])
    func readsHello(_ query: String, _ hello: Bool) throws {
        #expect(try SubscribeParameters(.make(.GET, "/ws?topic=a" + query), defaultFormat: .raw).hello == hello)
    }
}
