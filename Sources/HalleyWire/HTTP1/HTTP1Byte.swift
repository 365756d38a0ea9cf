/// The kinds of bytes that HTTP's grammar knows (RFC 9110 §5.6.2, §5.5; RFC 9112 §3).
enum HTTP1Byte {
    static var cr: UInt8 { UInt8(ascii: "\r") }
    static var lf: UInt8 { UInt8(ascii: "\n") }
    static var space: UInt8 { UInt8(ascii: " ") }
    static var tab: UInt8 { UInt8(ascii: "\t") }

    /// The characters of a token, a bit for each: those below 64, and those from there to 127.
    private static var lowTokens: UInt64 { 0x03ff_6cfa_0000_0000 }
    private static var highTokens: UInt64 { 0x57ff_ffff_c7ff_fffe }

    static func isToken(_ byte: UInt8) -> Bool {
        byte < 64
            ? self.lowTokens >> UInt64(byte) & 1 == 1
            : byte < 128 && self.highTokens >> UInt64(byte - 64) & 1 == 1
    }

    static func isToken(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { self.isToken($0) }
    }

    /// What a field's value may have.
    static func isInValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7f) || byte == Self.tab }

    static func isSpace(_ byte: UInt8) -> Bool { byte == Self.space || byte == Self.tab }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Whether it is a host, with or without port (RFC 9110 §7.2; RFC 3986 §3.2.2): a name, or an address in brackets. An empty
    /// one is a host as well.
    static func isHost(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var rest = text
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")),
                rest[..<end].dropFirst().allSatisfy({ self.isInName($0) || $0 == UInt8(ascii: ":") })
            else { return false }
            rest = rest[(end + 1)...]
        } else {
            rest = rest.drop { self.isInName($0) }
        }
        guard let colon = rest.popFirst() else { return true }
        return colon == UInt8(ascii: ":") && rest.allSatisfy { self.isDigit($0) }
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        return isLetter || self.isDigit(byte) || "-._~%!$&'()*+,;=".utf8.contains(byte)
    }
}
