import HalleyHub
import Testing

@Suite struct TopicTests {
    @Test(arguments: [
        "a", "ä/ö", "a b", "😀", "$", "*a", "a*b", String(repeating: "x", count: 255),
        String(repeating: "ä", count: 127),
    ])
    func takesNames(_ name: String) throws {
        if name == "$" {
            #expect(try Topic(server: name).name == name)
        } else {
            #expect(try Topic(name).name == name)
        }
    }

    @Test(arguments: [
        ("", TopicError.empty),
        (String(repeating: "x", count: 256), .tooLong(bytes: 256)),
        (String(repeating: "ä", count: 128), .tooLong(bytes: 256)),
        ("a\u{0}", .controlCharacter),
        ("a\u{1f}", .controlCharacter),
        ("a\u{7f}", .controlCharacter),
        ("a\u{9f}", .controlCharacter),
        ("$sio/x", .reserved("$sio/x")),
        ("*", .pattern("*")),
        ("news.*", .pattern("news.*")),
    ])
    func refusesNames(_ name: String, _ error: TopicError) {
        #expect(throws: error) { try Topic(name) }
    }

    @Test func patternsAreNoNamesOfTheServerEither() {
        #expect(throws: TopicError.pattern("$a*")) { try Topic(server: "$a*") }
        #expect("\(TopicError.pattern("news.*"))".contains("“news.*”"))
    }

    @Test func bordersOfControlCharacters() throws {
        for character in ["\u{20}", "\u{7e}", "\u{a0}"] { #expect(try Topic(character).name == character) }
        for character in ["\u{1f}", "\u{7f}", "\u{80}"] { #expect(throws: TopicError.self) { try Topic(character) } }
    }

    @Test func twoSpellingsOfOneNameAreTwoTopics() {
        let composed = Bench.topic("caf\u{e9}")
        let combined = Bench.topic("cafe\u{301}")
        #expect(composed.name == combined.name)
        #expect(composed != combined)
        #expect(Set([composed, combined]).count == 2)
    }

    @Test func comparesByBytes() {
        let long = String(repeating: "x", count: 40)
        let names = ["a", "ab", "b", "B", "z", "ä", "😀", "\u{ff5e}", long, long + "a", long + "b", "y" + long]
        for left in names {
            for right in names {
                // Not the very same storage.
                let (one, other) = (Bench.topic(left), Bench.topic(String(decoding: Array(right.utf8), as: UTF8.self)))
                #expect((one == other) == (Array(left.utf8) == Array(right.utf8)))
                #expect((one < other) == Array(left.utf8).lexicographicallyPrecedes(Array(right.utf8)))
            }
        }
    }

    @Test func fingerprintHas48BitsAndDiffers() {
        let fingerprints = Set((0..<10_000).map { Bench.topic("topic/\($0)").fingerprint })
        #expect(fingerprints.count == 10_000)
        #expect(fingerprints.allSatisfy { $0 < 1 << 48 })
    }
}
