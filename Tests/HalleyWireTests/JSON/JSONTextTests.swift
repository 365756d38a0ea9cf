import HalleyWire
import NIOCore
import Testing

@Suite struct JSONTextTests {
    /// RFC 8259 §7: the quotation mark, the reverse solidus and U+0000–U+001F must be escaped, nothing else.
    static let written = [
        ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#), ("a\nb\rc\td", #""a\nb\rc\td""#),
        ("\u{0}", #""\u0000""#), ("\u{1f}", #""\u001f""#), ("\u{1b}[0m", #""\u001b[0m""#), ("/", #""/""#),
        ("\u{7f}", "\"\u{7f}\""), ("é€😀", "\"é€😀\""), ("\u{2028}", "\"\u{2028}\""), ("</script>", #""</script>""#),
    ]

    @Test(arguments: written) func escapesWhatItMust(_ string: String, _ text: String) {
        var buffer = ByteBuffer()
        buffer.writeJSONString(string)
        #expect(String(buffer: buffer) == text)
    }

    /// Every scalar there is, 256 to a string.
    @Test func roundTripsEveryScalar() throws {
        for first in stride(from: UInt32(0), to: 0x110000, by: 256) {
            let scalars = (first..<first + 256).compactMap(Unicode.Scalar.init)
            let string = String(String.UnicodeScalarView(scalars))
            var buffer = ByteBuffer()
            buffer.writeJSONString(string)
            let value = try JSONReader.parse(buffer)
            // By scalar: `==` holds canonical equivalents for the same.
            #expect(value.string.map { Array($0.unicodeScalars) } == scalars, "U+\(String(first, radix: 16))")
        }
    }

    /// Long strings are looked at by words: each ASCII character at each place of them, between all kinds of neighbours.
    @Test(arguments: ["a", "\u{7f}", "é", " ", "\u{1f}"]) func escapesAtEveryPlace(_ neighbour: String) throws {
        for character in (0..<128).map({ String(Unicode.Scalar($0)) }) {
            for place in 0..<20 {
                let before = String(repeating: neighbour, count: place)
                let string = before + character + String(repeating: neighbour, count: 19 - place)
                var buffer = ByteBuffer()
                buffer.writeJSONString(string)
                let parts = string.unicodeScalars.map { scalar in
                    var part = ByteBuffer()
                    part.writeJSONString(String(scalar))
                    return String(buffer: part).dropFirst().dropLast()
                }
                #expect(String(buffer: buffer).utf8.elementsEqual("\"\(parts.joined())\"".utf8))
            }
        }
    }

    static let read = [
        (#""\u0041\u00e9\u00E9""#, "Aéé"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0000x""#, "\u{0}x"),
        (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00!""#, "😀!"), (#""\uffff\ufffe""#, "\u{ffff}\u{fffe}"),
        (#""é\u0041é""#, "éAé"), (#""\\u0041""#, "\\u0041"), (#""\\\n""#, "\\\n"),
        // Lone surrogates, where they are let through.
        (#""\ud83d""#, "\u{fffd}"), (#""\ude00""#, "\u{fffd}"), (#""\ud83dx""#, "\u{fffd}x"),
        (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"), (#""\ud83d\n""#, "\u{fffd}\n"),
        (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"), (#""\ud83dé\ude00""#, "\u{fffd}é\u{fffd}"),
    ]

    @Test(arguments: read) func readsEscapes(_ text: String, _ string: String) throws {
        let value = try JSONReader.parse(ByteBuffer(string: text), allowsLoneSurrogates: true).string
        #expect(value.map { Array($0.unicodeScalars) } == Array(string.unicodeScalars))
    }
}
