import Testing

@testable import Halley

@Suite struct APIKeyTests {
    @Test func is1To255VisibleCharacters() {
        #expect(APIKey("") == nil)
        #expect(APIKey("x")?.text == "x")
        #expect(APIKey(String(repeating: "x", count: 255)) != nil)
        #expect(APIKey(String(repeating: "x", count: 256)) == nil)
        #expect(APIKey("!~") != nil)
        for bad in ["a b", " a", "a\n", "a\t", "a\u{7f}", "é", "a\0"] { #expect(APIKey(bad) == nil, "\(bad)") }
    }

    @Test func matchesItselfOnly() throws {
        let key = try #require(APIKey("correct-horse"))
        #expect(key.matches("correct-horse"))
        let others = [
            "", "c", "correct-hors", "correct-horse!", "correct-horsecorrect-horse", "Correct-horse", "xxxxxxxxxxxxx",
        ]
        for other in others { #expect(!key.matches(other), "\(other)") }
    }

    /// Also where only a single bit differs, in whichever byte.
    @Test func seesEveryBit() throws {
        let text = Array("correct-horse".utf8)
        let key = try #require(APIKey(String(decoding: text, as: UTF8.self)))
        for index in text.indices {
            for bit in 0..<7 {
                var other = text
                other[index] ^= 1 << bit
                #expect(!key.matches(String(decoding: other, as: UTF8.self)))
            }
        }
    }

    /// A longer key that begins with the right one, by lengths whose low byte is the same.
    @Test func seesLengthsThatDifferBy256() throws {
        let key = try #require(APIKey("abc"))
        #expect(!key.matches("abc" + String(repeating: "x", count: 256)))
        #expect(!key.matches("abc" + String(repeating: "\0", count: 256)))
    }

    @Test func generatesKeysThatDiffer() {
        let keys = (0..<100).map { _ in APIKey.generate().text }
        #expect(Set(keys).count == 100)
        // 192 bits, six to a character.
        #expect(keys.allSatisfy { $0.utf8.count == 32 })
    }
}
