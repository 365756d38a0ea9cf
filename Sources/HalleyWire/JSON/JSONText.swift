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
        for index in bytes.indices where Self.needsEscape(bytes[index]) {
            self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            self.writeEscape(bytes[index])
            start = index + 1
        }
        self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        self.writeInteger(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
        case 0x0a: self.writeStaticString("\\n")
        case 0x0d: self.writeStaticString("\\r")
        case 0x09: self.writeStaticString("\\t")
        default:
            let digits = Array("0123456789abcdef".utf8)
            self.writeStaticString("\\u00")
            self.writeInteger(digits[Int(byte >> 4)])
            self.writeInteger(digits[Int(byte & 15)])
        }
    }
}
