import HalleyWire
import NIOCore
import Testing

@Suite struct JSONLineTests {
    static let lines = [
        // Untouched, inner spaces and all.
        (#"{"a": 1, "b": [ 2 ]}"#, #"{"a": 1, "b": [ 2 ]}"#), ("42", "42"), ("\"\"", "\"\""), ("[\t1]", "[\t1]"),
        // White space around goes.
        ("  42\n", "42"), ("\r\n{\"a\": 1}\t\n", "{\"a\": 1}"),
        // With a line end inside: nothing is left between tokens, and strings are as they were.
        ("{\n  \"a b\" : 1,\r\n  \"c\":\t[ true , null ]\n}", #"{"a b":1,"c":[true,null]}"#),
        ("[\n\"a  b\", \" \\\" \\\\\", \" \"\n]", #"["a  b"," \" \\"," "]"#),
        ("[\r\"\\n \\r\\t\"]", #"["\n \r\t"]"#), ("[1,\n-2.5e3]", "[1,-2.5e3]"),
        ("[\n\"\\\\\" , \"x y\"]", #"["\\","x y"]"#),
        ("[\n\"é \u{2028} 😀\"]", "[\"é \u{2028} 😀\"]"),
    ]

    @Test(arguments: lines) func isValueOnOneLine(_ text: String, _ line: String) throws {
        #expect(try String(buffer: JSONLine.validated(ByteBuffer(string: text))) == line)
    }

    @Test func beginsAtTheReaderIndex() throws {
        var data = ByteBuffer(string: "rubbish [\n1 ] ")
        data.moveReaderIndex(forwardBy: 8)
        #expect(try String(buffer: JSONLine.validated(data)) == "[1]")
    }

    @Test(arguments: ["", " ", "1 2", "{", "[\n1", "\"\n\""]) func refusesWhatIsNotOneValue(_ text: String) {
        #expect(throws: JSONError.self) { try JSONLine.validated(ByteBuffer(string: text)) }
    }

    @Test(
        arguments: [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x31, 0x80]] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONError(.notUTF8, at: 0)) { try JSONLine.validated(ByteBuffer(bytes: bytes)) }
    }

    /// Values with white space strewn between their tokens come back as the tokens alone.
    @Test(arguments: 1...200) func keepsAllTokens(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let tokens = ["["] + Self.tokens(depth: 4, using: &random) + ["]"]
        var spaced = "[\n"
        for token in tokens.dropFirst() {
            spaced += token
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                spaced += [" ", "\n", "\r", "\t", "\r\n"].randomElement(using: &random)!
            }
        }
        #expect(try String(buffer: JSONLine.validated(ByteBuffer(string: spaced))) == tokens.joined())
    }

    private static func tokens(depth: Int, using random: inout SeededRandom) -> [String] {
        switch depth > 0 ? Int.random(in: 0...3, using: &random) : 0 {
        case 1:
            let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                self.tokens(depth: depth - 1, using: &random)
            }
            return ["["] + elements.joined(separator: [","]) + ["]"]
        case 2:
            let members = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                [self.string(using: &random), ":"] + self.tokens(depth: depth - 1, using: &random)
            }
            return ["{"] + members.joined(separator: [","]) + ["}"]
        case 3: return [self.string(using: &random)]
        default: return [["true", "false", "null", "0", "-1.5e+3", "12"].randomElement(using: &random)!]
        }
    }

    private static func string(using random: inout SeededRandom) -> String {
        let parts = ["a", " ", "\\\"", "\\\\", "\\n", "{", "]", ",", "é", "\\u0020", "\\/"]
        return "\""
            + (0..<Int.random(in: 0...6, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined()
            + "\""
    }
}
