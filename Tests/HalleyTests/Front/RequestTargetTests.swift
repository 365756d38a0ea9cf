import NIOCore
import Testing

@testable import Halley

@Suite struct RequestTargetTests {
    static let paths = [
        ("/", "/"), ("/sse", "/sse"), ("/sse?", "/sse"), ("/sse?topic=a", "/sse"), ("/a/b?c?d", "/a/b"), ("/?/x", "/"),
        ("*", "*"), ("/a%20b+c", "/a%20b+c"), ("//example.org/x", "//example.org/x"), ("/x://y", "/x://y"),
        // The absolute form (RFC 9112 §3.2.2); an empty path is the root.
        ("http://example.org/sse?topic=a", "/sse"), ("https://example.org:8443/a/b", "/a/b"),
        ("http://example.org", "/"),
        ("http://example.org?topic=a", "/"), ("http://[::1]:8080/x", "/x"), ("http://example.org/?u=http://b/c", "/"),
    ]

    @Test(arguments: paths) func findsThePath(_ uri: String, _ path: String) {
        #expect(RequestTarget(uri).path == path)
    }

    typealias Query = (uri: String, items: [String])

    /// Items as `name=value`, `name!` where the value is none.
    static let queries: [Query] = [
        ("/", []), ("/?", []), ("/?&&", []), ("/?a=1", ["a=1"]), ("/?a=1&b=2&a=3", ["a=1", "b=2", "a=3"]),
        ("/?a", ["a="]), ("/?a=", ["a="]), ("/?=b", ["=b"]), ("/?a&b=&c=1", ["a=", "b=", "c=1"]),
        ("/?a==b=", ["a==b="]),
        ("/?a=b?c/d:e@f", ["a=b?c/d:e@f"]), ("/?a=x;b=y", ["a=x;b=y"]),
        // Percent and plus.
        ("/?a=%41%62%2b", ["a=Ab+"]), ("/?a=b+c%20d", ["a=b c d"]), ("/?%61+b=c", ["a b=c"]),
        ("/?a=%26%3D%25", ["a=&=%"]),
        ("/?a=%C3%A9%f0%9f%98%80", ["a=é😀"]), ("/?a=%00%0a", ["a=\u{0}\n"]), ("/?a=é", ["a=é"]),
        // Neither percent-encoded nor UTF-8.
        ("/?a=%", ["a!"]), ("/?a=%4", ["a!"]), ("/?a=%4g", ["a!"]), ("/?a=%g4", ["a!"]), ("/?a=%%41", ["a!"]),
        ("/?a=%u0041", ["a!"]), ("/?a=%+1", ["a!"]), ("/?a=%ff", ["a!"]), ("/?a=%c3", ["a!"]), ("/?a=%c0%af", ["a!"]),
        ("/?a=%ed%a0%80", ["a!"]), ("/?a=%ff&b=1", ["a!", "b=1"]),
        ("http://example.org/x?a=1", ["a=1"]), ("http://example.org?a=1", ["a=1"]),
    ]

    @Test(arguments: queries) func readsTheQuery(_ query: Query) {
        #expect(RequestTarget(query.uri).items.map { $0.name + ($0.value.map { "=" + $0 } ?? "!") } == query.items)
    }

    @Test func givesAllValuesOrTheFirst() throws {
        let target = RequestTarget("/?a=1&b=%ff&a=2&a=%ff&A=3")
        #expect(target.values("a") == ["1", "2", nil])
        #expect(target.values("c").isEmpty)
        #expect(try target.value("a") == "1")
        #expect(try target.value("A") == "3")
        #expect(try target.value("c") == nil)
        #expect(Refusal.of { _ = try target.value("b") } == Refusal(400, "parameter_invalid"))
    }

    static let numbers: [(String, Int?)] = [
        ("/", 100), ("/?n=1", 1), ("/?n=1000", 1000), ("/?n=007", 7), ("/?n=0", nil), ("/?n=1001", nil),
        ("/?n=-1", nil),
        ("/?n=", nil), ("/?n", nil), ("/?n=1.0", nil), ("/?n=1e2", nil), ("/?n=+1", nil), ("/?n=%2B1", nil),
        ("/?n=0x1", nil),
        ("/?n=a", nil), ("/?n=99999999999999999999", nil), ("/?n=%ff", nil), ("/?n=٣", nil),
    ]

    @Test(arguments: numbers) func readsNumbers(_ uri: String, _ number: Int?) throws {
        let target = RequestTarget(uri)
        if let number {
            #expect(try target.integer("n", in: 1...1000, default: 100) == number)
        } else {
            let refusal = Refusal.of { _ = try target.integer("n", in: 1...1000, default: 100) }
            #expect(refusal == Refusal(400, "parameter_invalid"))
        }
    }

    typealias Added = (query: String, form: String, items: [String]?)

    /// `nil` where it is refused.
    static let added: [Added] = [
        ("topic=a", "", ["topic=a"]), ("", "topic=a&cursor=x", ["topic=a", "cursor=x"]),
        ("topic=a&hello=1", "topic=b&topic=a&format=raw", ["topic=a", "hello=1", "topic=b", "topic=a", "format=raw"]),
        ("topic=a&cursor=x", "cursor=x&topic=b", ["topic=a", "cursor=x", "topic=b"]),
        ("cursor=x&cursor=y", "cursor=x&cursor=y", ["cursor=x", "cursor=y"]),
        ("cursor=x", "cursor=y", nil), ("cursor=x&cursor=y", "cursor=x", nil), ("limit=1", "limit=%ff", nil),
        ("limit=10", "limit=10&limit=20", nil), ("other=1", "other=2", nil),
        // An empty one is none.
        ("cursor=&topic=a", "cursor=x", ["topic=a", "cursor=x"]), ("cursor=x", "cursor=", ["cursor=x"]),
        ("cursor=", "cursor=", ["cursor="]),
        // What a form has that an address has not: bytes above ASCII as they are.
        ("", "topic=é+%C3%A9", ["topic=é é"]),
    ]

    @Test(arguments: added) func takesItemsOfABody(_ added: Added) throws {
        let target = RequestTarget("/sse?" + added.query)
        let form = RequestTarget.items(ofForm: ByteBuffer(string: added.form))
        if let items = added.items {
            #expect(try target.adding(form).items.map { $0.name + "=" + ($0.value ?? "!") }.sorted() == items.sorted())
            #expect(try target.adding(form).path == "/sse")
        } else {
            #expect(Refusal.of { _ = try target.adding(form) } == Refusal(400, "parameter_invalid"))
        }
    }
}
