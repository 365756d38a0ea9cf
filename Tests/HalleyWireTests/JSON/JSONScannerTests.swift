import HalleyWire
import NIOCore
import Testing

@Suite struct JSONScannerTests {
    /// RFC 8259, in the manner of the conformance suites.
    static let valid = [
        // Structure.
        "[]", "{}", "[[]   ]", "[null, 1, \"1\", {}]", " [1]", "[2] ", "\t[1]\r\n", "[1\n]", "[1,null,null,null,2]",
        "{\"a\":[]}", "{\n\"a\": \"b\"\n}", "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}", "{\"\":0}",
        "{\"a\":\"b\",\"a\":\"c\"}",
        "{\"x\":[{\"id\": \"x\"}], \"id\": \"x\"}", "{\"foo\\u0000bar\": 42}", "[ ]", "{ }",
        // Literals, alone and inside.
        "true", "false", "null", " null ", "[true,false,null]",
        // Numbers.
        "0", "-0", "1", "-1", "42", "123", "0.1", "-0.1", "0e1", "0E1", "0e+1", "0e-1", "20e1", "1E22", "1e-2", "1E+2",
        "123.456e78", "0.4e006", "123123123123123123123123123123123", "1e9999", "[-0.000001]", "-10", "10.01e00",
        // Strings.
        "\"\"", "\"a\"", "[\"a/*b*/c/*d//e\"]", #""\"\\\/\b\f\n\r\t""#, #""\u0060\u012a\u12AB\uFFFF""#,
        #""\uD801\udc37""#,
        #""\\u0000""#, #""\\""#, "\"π é 😀\"", "\"\u{7f}\"", "\"\u{2028}\u{2029}\"", "\"\u{feff}\"", "\" \"",
        // Lone surrogates are grammatical.
        #""\uD800""#, #""\udc00""#, #""\uD800\uD800\n""#,
    ]

    @Test(arguments: valid) func walksOver(_ text: String) throws {
        #expect(throws: Never.self) { try Self.scan(text) }
    }

    typealias Fault = (text: String, code: JSONError.Code, offset: Int)

    static let invalid: [Fault] = [
        // Structure.
        ("[1 true]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1,,2]", .unexpectedByte, 3),
        ("[1,]", .unexpectedByte, 3), ("[}", .unexpectedByte, 1), ("[1:2]", .unexpectedByte, 2),
        ("]", .unexpectedByte, 0),
        ("{]", .unexpectedByte, 1), ("{\"a\" 1}", .unexpectedByte, 5), ("{\"a\":1,}", .unexpectedByte, 7),
        ("{\"a\":1 \"b\":2}", .unexpectedByte, 7), ("{1:1}", .unexpectedByte, 1), ("{a:1}", .unexpectedByte, 1),
        ("{'a':1}", .unexpectedByte, 1), ("{null:1}", .unexpectedByte, 1), ("{\"a\":}", .unexpectedByte, 5),
        ("{\"a\"::1}", .unexpectedByte, 5), ("{\"a\":1,,\"b\":2}", .unexpectedByte, 7), ("[1;2]", .unexpectedByte, 2),
        ("// no comment\n1", .unexpectedByte, 0), ("[1/* no comment */]", .unexpectedByte, 2),
        // More than one value.
        ("1 2", .trailingBytes, 2), ("[]]", .trailingBytes, 2), ("{}}", .trailingBytes, 2),
        ("\"a\"b", .trailingBytes, 3),
        ("nullx", .trailingBytes, 4), ("[] \0", .trailingBytes, 3), ("[]\u{feff}", .trailingBytes, 2),
        // White space is only these four: no form feed, no vertical tab, no U+00A0, no BOM.
        ("[\u{c}1]", .unexpectedByte, 1), ("\u{b}1", .unexpectedByte, 0), ("\u{a0}1", .unexpectedByte, 0),
        ("\u{feff}1", .unexpectedByte, 0), ("\u{2060}1", .unexpectedByte, 0), ("\0", .unexpectedByte, 0),
        // Literals.
        ("True", .unexpectedByte, 0), ("nul1", .unexpectedByte, 3), ("[truth]", .unexpectedByte, 4),
        ("undefined", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0), ("nan", .unexpectedByte, 1),
        ("Infinity", .unexpectedByte, 0), ("-Infinity", .unexpectedByte, 1),
        // Numbers.
        ("+1", .unexpectedByte, 0), ("01", .trailingBytes, 1), ("-01", .trailingBytes, 2), ("[01]", .unexpectedByte, 2),
        (".5", .unexpectedByte, 0), ("[1.]", .unexpectedByte, 3), ("[1.e1]", .unexpectedByte, 3),
        ("-.5", .unexpectedByte, 1), ("[-]", .unexpectedByte, 2), ("--1", .unexpectedByte, 1),
        ("[1e]", .unexpectedByte, 3),
        ("[1e+]", .unexpectedByte, 4), ("[1eE2]", .unexpectedByte, 3), ("[1e1.5]", .unexpectedByte, 4),
        ("0x1", .trailingBytes, 1), ("1_000", .trailingBytes, 1), ("1.2.3", .trailingBytes, 3),
        ("１", .unexpectedByte, 0), ("[1 000]", .unexpectedByte, 3),
        // Strings.
        (#""\x41""#, .unexpectedByte, 2), (#""\a""#, .unexpectedByte, 2), (#""\0""#, .unexpectedByte, 2),
        (#""\u00g0""#, .unexpectedByte, 5), (#""\u12""#, .unexpectedByte, 5), (#""\U0041""#, .unexpectedByte, 2),
        ("'a'", .unexpectedByte, 0), ("“a”", .unexpectedByte, 0), ("\"a\nb\"", .controlCharacter, 2),
        ("\"\0\"", .controlCharacter, 1), ("\"\t\"", .controlCharacter, 1), ("\"\u{1f}\"", .controlCharacter, 1),
        ("\"\\\n\"", .unexpectedByte, 2),
    ]

    @Test(arguments: invalid) func refuses(_ fault: Fault) {
        #expect(throws: JSONError(fault.code, at: fault.offset)) { try Self.scan(fault.text) }
    }

    /// Whatever is cut off ends too early, and says so.
    @Test func namesATextThatIsCutOff() {
        let text = #"{"a" : [ true , {"é\u0041\n" :-1.5e+7 , "b":null}, "😀" ] }"#
        let bytes = Array(text.utf8)
        for length in bytes.indices {
            #expect(throws: JSONError(.unexpectedEnd, at: length)) { try Self.scan(Array(bytes[..<length])) }
        }
    }

    @Test func hasARootOfAtMost64Levels() throws {
        func nested(_ open: String, _ close: String, _ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[\n", " ]")] {
            #expect(throws: Never.self) { try Self.scan(nested(open, close, 64)) }
            #expect(throws: JSONError(.tooDeep, at: 64 * open.utf8.count)) { try Self.scan(nested(open, close, 65)) }
        }
        // Refused at the 65th: however long it is, the stack is safe.
        #expect(throws: JSONError(.tooDeep, at: 64)) { try Self.scan(String(repeating: "[", count: 1_000_000)) }
        // Side by side is not deep.
        #expect(throws: Never.self) { try Self.scan("[" + String(repeating: "[],", count: 1000) + "[]]") }
    }

    @Test func canBeAllowedMoreLevels() {
        func parse(_ depth: Int) throws {
            _ = try JSONReader.parse(
                ByteBuffer(string: String(repeating: "[", count: depth) + String(repeating: "]", count: depth)),
                maximumDepth: 67)
        }
        #expect(throws: Never.self) { try parse(67) }
        #expect(throws: JSONError(.tooDeep, at: 67)) { try parse(68) }
    }

    @Test func findsWhereAValueLies() throws {
        let range = try Array("  [1, 2]  ".utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try scanner.value()
        }
        #expect(range == 2..<8)
    }

    private static func scan(_ text: String) throws { try self.scan(Array(text.utf8)) }

    private static func scan(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            try scanner.value()
            try scanner.expectEnd()
        }
    }
}
