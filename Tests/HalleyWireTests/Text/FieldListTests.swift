import HalleyWire
import Testing

@Suite struct FieldListTests {
    static let compared = [
        ("close", "close", true), ("Close", "close", true), ("CLOSE", "close", true), ("", "", true),
        ("closed", "close", false), ("clos", "close", false), ("", "close", false), ("@", "`", false),
        ("[", "{", false),
        // Not letters of ASCII, whatever they look like.
        ("\u{212a}eep-alive", "keep-alive", false), ("clo\u{17f}e", "close", false),
        ("Sec-WebSocket-Extensions", "sec-websocket-extensions", true),
    ]

    @Test(arguments: compared) func comparesInAnyCaseOfASCII(_ text: String, _ lowercased: String, _ isEqual: Bool) {
        #expect(FieldList.isEqual(text, lowercased) == isEqual)
        #expect(FieldList.hasMember(text, lowercased) == isEqual)
    }

    static let lists = [
        ("close, keep-alive", true), ("keep-alive,close", true), ("keep-alive \t,\t Close \t", true),
        (",,close,,", true),
        ("keep-alive", false), ("closed, enclose", false), ("close x", false), ("clo,se", false), ("", false),
        (",", false),
        ("TE;q=\"a,close\"", false), ("keep-alive, clos\u{301}e", false),
    ]

    @Test(arguments: lists) func findsAMember(_ list: String, _ isThere: Bool) {
        #expect(FieldList.hasMember(list, "close") == isThere)
    }

    @Test(arguments: [("a", "a"), (" a ", "a"), ("\t a b \t", "a b"), ("", ""), (" \t ", ""), ("\u{a0}a", "\u{a0}a")])
    func trims(_ text: String, _ trimmed: String) {
        #expect(FieldList.trim(text[...]) == trimmed)
    }
}
