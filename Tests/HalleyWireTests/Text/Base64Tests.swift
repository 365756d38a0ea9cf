import HalleyWire
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors) func followsRFC4648(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: vectors) func takesTextWithoutPadding(_ plain: String, _ encoded: String) {
        #expect(Base64.decode(encoded.filter { $0 != "=" }) == Array(plain.utf8))
    }

    @Test func knowsTheWholeAlphabet() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        // The numbers 0 to 63, six bits each.
        let bytes: [UInt8] = stride(from: 0, to: 64, by: 4).flatMap { number -> [UInt8] in
            let bits = number << 18 | (number + 1) << 12 | (number + 2) << 6 | (number + 3)
            return [UInt8(bits >> 16), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        }
        #expect(Base64.encode(bytes) == alphabet)
        #expect(Base64.decode(alphabet) == bytes)
    }

    @Test func roundTripsAllLengths() {
        var random = SeededRandom(seed: 1)
        for length in 0...100 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == (length + 2) / 3 * 4)
            #expect(Base64.decode(text) == bytes)
        }
    }

    static let rubbish = [
        // Padding that is too short, too long, or in the middle.
        "Zg=", "Zg===", "Zm8==", "Zm9v=", "=", "==", "====", "Z===", "Zg==Zg==", "Z=g=", "=Zg=", "Zm9v====",
        // A single character holds no byte.
        "Z", "Zm9vY",
        // Not of the alphabet; the URL-safe one is another.
        "Zm-v", "Zm_v", "Zm 9v", "Zm9v\n", "Zm9*", "Zmé=", "Zm9v\0",
        // Bits left over that are not zero: two texts for the same bytes.
        "Zh==", "Zm9=", "Zh", "Zm9", "/+==", "//==",
    ]

    @Test(arguments: rubbish) func refuses(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
