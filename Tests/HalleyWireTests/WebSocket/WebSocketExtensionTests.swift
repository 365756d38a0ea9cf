import HalleyWire
import Testing

/// RFC 6455 §9.1.
struct WebSocketExtensionTests {
    typealias Entry = WebSocketExtension

    private static let headers: [([String], [Entry])] = [
        ([], []), ([""], []), ([" ,\t, "], []), ([";a=1"], []),
        (["one"], [Entry(name: "one", parameters: [])]),
        (
            [" one ; a = 1 ;b", "two"],
            [Entry(name: "one", parameters: [("a", "1"), ("b", nil)]), Entry(name: "two", parameters: [])]
        ),
        (["one;"], [Entry(name: "one", parameters: [("", nil)])]),
        (["one;=;a=;b=c=d"], [Entry(name: "one", parameters: [("", ""), ("a", ""), ("b", "c=d")])]),
        // Quotes.
        (
            ["one; a=\"1\"; b=\"x,y;z\", two"],
            [Entry(name: "one", parameters: [("a", "1"), ("b", "x,y;z")]), Entry(name: "two", parameters: [])]
        ),
        (["one; a=\"; b, two"], [Entry(name: "one", parameters: [("a", "\"; b, two")])]),
        (["one; a=\"\"; b=\""], [Entry(name: "one", parameters: [("a", ""), ("b", "\"")])]),
        // What only looks like a separator, and what a mark follows.
        (["one\u{37e} a"], [Entry(name: "one\u{37e} a", parameters: [])]),
        (
            ["one;\u{301}a,\u{301}b"],
            [
                Entry(name: "one", parameters: [("\u{301}a", nil)]), Entry(name: "\u{301}b", parameters: []),
            ]
        ),
    ]

    @Test(arguments: headers.indices) func parses(_ index: Int) {
        let (header, expected) = Self.headers[index]
        #expect(WebSocketExtension.parse(header) == expected, "\(header)")
    }
}
