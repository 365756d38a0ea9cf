/// What a terminal takes for commands, made visible.
enum ControlCharacters {
    /// Writes control characters (U+0000–U+001F, U+007F–U+009F) as JSON does, `\u001b`; so an envelope stays the same JSON.
    /// Line ends and tabs stay. Where text is turned round (U+202A–U+202E, U+2066–U+2069) it would read as what it is not.
    static func escaped(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: self.isControl) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if self.isControl(scalar) {
                let number = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - number.count) + number
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a: false
        case 0...0x1f, 0x7f...0x9f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
