/// Base64 with padding (RFC 4648 §4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        bytes.withContiguousStorageIfAvailable(self.encode) ?? Array(bytes).withUnsafeBufferPointer(self.encode)
    }

    private static func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            var end = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let count = min(3, bytes.count - start)
                let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < count ? Int(bytes[start + $1]) : 0) }
                for place in 0..<4 {
                    text[end] = place > count ? UInt8(ascii: "=") : self.alphabet[bits >> (18 - 6 * place) & 63]
                    end += 1
                }
            }
            return end
        }
    }

    /// - Returns: `nil` for what is not base64, with its padding or without.
    package static func decode(_ text: String) -> [UInt8]? {
        var body = Array(text.utf8)
        if body.count % 4 == 0 { while body.last == UInt8(ascii: "="), body.count % 4 != 2 { body.removeLast() } }
        if body.count % 4 == 1 { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count * 3 / 4)
        var bits = 0
        var count = 0
        for byte in body {
            guard let value = self.value(byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }

    /// Whether it is what 16 bytes are encoded to.
    static func isSixteenBytes(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == 24, bytes[22...].allSatisfy({ $0 == UInt8(ascii: "=") }) else { return false }
            // Of the last digit only the two highest bits belong to a byte.
            return bytes[..<21].allSatisfy { self.value($0) != nil } && self.value(bytes[21]).map { $0 & 15 } == 0
        }
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
