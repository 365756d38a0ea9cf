package import NIOCore

/// Strings in and out of JSON text.
package enum JSONText {
    static func hexValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The value of a string that ``JSONScanner`` has checked, its quotes included. Lone surrogates become U+FFFD.
    package static func decodeString(_ bytes: UnsafeRawBufferPointer) -> String {
        let body = UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1])
        guard body.contains(UInt8(ascii: "\\")) else { return String(decoding: body, as: UTF8.self) }
        var units: [UInt16] = []
        var result = ""
        func flush() {
            result += String(decoding: units, as: UTF16.self)
            units.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < body.count {
            if body[index] != UInt8(ascii: "\\") {
                let end = body[index...].firstIndex(of: UInt8(ascii: "\\")) ?? body.count
                flush()
                result += String(decoding: UnsafeRawBufferPointer(rebasing: body[index..<end]), as: UTF8.self)
                index = end
            } else if body[index + 1] == UInt8(ascii: "u") {
                units.append((2...5).reduce(0) { $0 << 4 | (self.hexValue(body[index + $1]) ?? 0) })
                index += 6
            } else {
                units.append(UInt16(self.unescaped(body[index + 1])))
                index += 2
            }
        }
        flush()
        return result
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }
}

extension ByteBuffer {
    /// Writes a JSON string, its quotes included.
    package mutating func writeJSONString(_ string: String) {
        var string = string
        string.withUTF8 { self.writeJSONString(UnsafeRawBufferPointer($0)) }
    }

    /// Writes valid UTF-8 as a JSON string, its quotes included.
    package mutating func writeJSONString(_ bytes: UnsafeRawBufferPointer) {
        self.reserveCapacity(minimumWritableBytes: bytes.count + 2)
        self.writeInteger(UInt8(ascii: "\""))
        var start = 0
        while start < bytes.count {
            let end = Self.plainEnd(bytes, from: start)
            self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            if end < bytes.count { self.writeEscape(bytes[end]) }
            start = end + 1
        }
        self.writeInteger(UInt8(ascii: "\""))
    }

    /// Where the next byte is that needs an escape; the end, where there is none. Eight bytes at a time.
    private static func plainEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count,
            !self.needsEscape(anyOf: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        {
            index += 8
        }
        while index < bytes.count, !self.needsEscape(bytes[index]) { index += 1 }
        return index
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// By the carries of a subtraction from all bytes at once, which a byte with its highest bit set never has. It may also
    /// say so of a byte beside one that does need it.
    private static func needsEscape(anyOf word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highest: UInt64 = 0x8080_8080_8080_8080
        let control = (word &- ones &* 0x20) & ~word
        let quote = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslash = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        return (control | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highest != 0
    }

    /// Each as one integer: a publication may consist of nothing else.
    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): self.writeShortEscape(byte)
        case 0x0a: self.writeShortEscape(UInt8(ascii: "n"))
        case 0x0d: self.writeShortEscape(UInt8(ascii: "r"))
        case 0x09: self.writeShortEscape(UInt8(ascii: "t"))
        default:
            let (high, low) = (UInt16(byte >> 4), UInt16(byte & 15))
            let digits = (0x30 + high) << 8 | (low < 10 ? 0x30 : 0x57) + low
            // “\u00”
            self.writeMultipleIntegers(0x5c75_3030 as UInt32, digits)
        }
    }

    private mutating func writeShortEscape(_ byte: UInt8) {
        self.writeInteger(UInt16(UInt8(ascii: "\\")) << 8 | UInt16(byte))
    }
}
