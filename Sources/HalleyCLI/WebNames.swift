/// Names of pages and hosts as browsers say them: others would never fit.
enum WebNames {
    /// `https://example.org`, with a port where it is not the scheme's own, or `*` (RFC 6454 §6.2).
    static func origin(_ text: String) throws -> String {
        if text == "*" { return text }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, self.isHost(parts[1], mayHavePort: true) else {
            throw Invalid("must be an origin like https://example.org, without a path, or *, not “\(text)”.")
        }
        return text
    }

    /// `push.example.org`, or an address.
    static func host(_ text: String) throws -> String {
        guard self.isHost(text[...], mayHavePort: false) else {
            throw Invalid("must be a name like push.example.org, without a port, not “\(text)”.")
        }
        return text
    }

    private static func isHost(_ text: Substring, mayHavePort: Bool) -> Bool {
        var name = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]"), !text[..<colon].contains(":") || text.first == "["
        {
            let port = text[colon...].dropFirst()
            guard mayHavePort, let number = UInt16(port), number > 0 else { return false }
            name = text[..<colon]
        }
        if name.first == "[" {
            return name.last == "]"
                && name.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } && name.count > 4
        }
        let letters = name.utf8.allSatisfy { byte in
            byte > 0x7f || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._:".utf8.contains(byte)
        }
        return !name.isEmpty && letters && (!name.contains(":") || !mayHavePort)
    }
}
