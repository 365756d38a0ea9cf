/// Values of HTTP fields, taken apart by bytes: `Character` joins a separator with a mark that follows it, and takes other
/// characters for it that look alike.
package enum FieldList {
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
    package static func trim(_ text: Substring) -> String {
        guard let first = text.utf8.firstIndex(where: { !self.isSpace($0) }),
            let last = text.utf8.lastIndex(where: { !self.isSpace($0) })
        else { return "" }
        return String(text.utf8[first...last]) ?? ""
    }

    /// As names of fields and most tokens are compared: in any case of ASCII's letters, and of no others.
    package static func isEqual(_ text: String, _ lowercased: String) -> Bool {
        // Most differ in length already.
        text.utf8.count == lowercased.utf8.count
            && self.withBytes(text, lowercased) { self.isEqual($0[...], $1) }
    }

    /// The same for a part of a text.
    package static func isEqual(_ text: Substring, _ lowercased: String) -> Bool {
        text.utf8.count == lowercased.utf8.count
            && zip(text.utf8, lowercased.utf8).allSatisfy { self.lowercased($0) == $1 }
    }

    /// Whether a list has the member, compared as by ``isEqual(_:_:)``.
    package static func hasMember(_ list: String, _ lowercased: String) -> Bool {
        self.withBytes(list, lowercased) { list, member in
            var rest = list[...]
            while let end = rest.firstIndex(of: UInt8(ascii: ",")) {
                if self.isEqual(self.trim(rest[..<end]), member) { return true }
                rest = rest[(end + 1)...]
            }
            return self.isEqual(self.trim(rest), member)
        }
    }

    private typealias Bytes = UnsafeBufferPointer<UInt8>

    private static func withBytes(_ first: String, _ second: String, _ body: (Bytes, Bytes) -> Bool) -> Bool {
        var (first, second) = (first, second)
        return first.withUTF8 { first in second.withUTF8 { body(first, $0) } }
    }

    private static func trim(_ bytes: Slice<Bytes>) -> Slice<Bytes> {
        var rest = bytes
        while let first = rest.first, self.isSpace(first) { rest = rest.dropFirst() }
        while let last = rest.last, self.isSpace(last) { rest = rest.dropLast() }
        return rest
    }

    private static func isEqual(_ bytes: Slice<Bytes>, _ lowercased: Bytes) -> Bool {
        guard bytes.count == lowercased.count else { return false }
        for (byte, expected) in zip(bytes, lowercased) where self.lowercased(byte) != expected { return false }
        return true
    }

    package static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
