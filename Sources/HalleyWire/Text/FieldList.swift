/// Values of HTTP fields, taken apart by bytes: `Character` joins a separator with a mark that follows it, and takes other
/// characters for it that look alike.
enum FieldList {
    /// The members of a list (RFC 9110 §5.6.1), without the spaces around them.
    static func members(_ text: String, at separator: UInt8 = UInt8(ascii: ",")) -> [String] {
        text.utf8.split(separator: separator).map { self.trim(Substring($0)) }
    }

    /// The same, but a separator inside quotes is none, and empty members stay.
    static func parts(_ text: String, at separator: UInt8) -> [String] {
        var isQuoted = false
        return text.utf8.split(omittingEmptySubsequences: false) { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return byte == separator && !isQuoted
        }.map { self.trim(Substring($0)) }
    }

    /// Without spaces and tabs at the ends (RFC 9110 §5.6.3).
    static func trim(_ text: Substring) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = text.utf8.firstIndex(where: { !isSpace($0) }),
            let last = text.utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text.utf8[first...last]) ?? ""
    }

    /// As names of fields and most tokens are compared: in any case of ASCII's letters, and of no others.
    static func isEqual(_ text: some StringProtocol, _ lowercased: String) -> Bool {
        text.utf8.elementsEqual(lowercased.utf8) { byte, expected in
            ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte) == expected
        }
    }
}
