package import NIOCore

extension ByteBuffer {
    /// Writes JSON so that it can stand in a script, also one inside HTML: `<`, `>` and `&` could end the script, U+2028
    /// and U+2029 end a line of JavaScript before ES2019. All of them occur in strings only, where they can be escaped.
    package mutating func writeScriptJSON(_ json: ByteBuffer) {
        json.withUnsafeReadableBytes { bytes in
            self.reserveCapacity(minimumWritableBytes: bytes.count + 16)
            var start = 0
            var index = 0
            while index < bytes.count {
                guard let (escape, length) = Self.scriptEscape(bytes, at: index) else {
                    index += 1
                    continue
                }
                self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
                self.writeStaticString(escape)
                index += length
                start = index
            }
            self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    private static func scriptEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (StaticString, Int)? {
        switch bytes[index] {
        case UInt8(ascii: "<"): return ("\\u003c", 1)
        case UInt8(ascii: ">"): return ("\\u003e", 1)
        case UInt8(ascii: "&"): return ("\\u0026", 1)
        case 0xe2 where index + 2 < bytes.count && bytes[index + 1] == 0x80:
            if bytes[index + 2] == 0xa8 { return ("\\u2028", 3) }
            return bytes[index + 2] == 0xa9 ? ("\\u2029", 3) : nil
        default: return nil
        }
    }
}
