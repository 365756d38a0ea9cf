/// What a payload begins with: which publication it is, and when it was sent.
///
/// 27 bytes of plain ASCII that no transport escapes: `^`, 8 hexadecimal digits of the number, `.`, 16 of the time, `^`.
package struct Stamp: Equatable, Sendable {
    package var number: UInt32
    /// Nanoseconds of the monotonic clock.
    package var sent: UInt64

    package init(number: UInt32, sent: UInt64) {
        self.number = number
        self.sent = sent
    }

    package static let length = 27
    /// A payload is a stamp and at least the byte that ends it.
    package static let minimumPayload = length + 1

    static let mark = UInt8(ascii: "^")
    static let dot = UInt8(ascii: ".")
    /// The last byte of a payload: what ends with another was cut or mixed up.
    static let end = UInt8(ascii: "$")

    /// The stamp, padded to `size` bytes.
    package func payload(size: Int) -> [UInt8] {
        precondition(size >= Self.minimumPayload)
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        bytes[0] = Self.mark
        Self.write(UInt64(self.number), digits: 8, into: &bytes, at: 1)
        bytes[9] = Self.dot
        Self.write(self.sent, digits: 16, into: &bytes, at: 10)
        bytes[26] = Self.mark
        bytes[size - 1] = Self.end
        return bytes
    }

    /// Reads `length` bytes; nil where they are no stamp.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard bytes[start] == Self.mark, bytes[start + 9] == Self.dot, bytes[start + 26] == Self.mark,
            let number = Self.read(bytes, start + 1, digits: 8), let sent = Self.read(bytes, start + 10, digits: 16)
        else { return nil }
        self.init(number: UInt32(number), sent: sent)
    }

    private static func write(_ value: UInt64, digits: Int, into bytes: inout [UInt8], at start: Int) {
        for index in 0..<digits {
            let digit = UInt8(value >> UInt64(4 * (digits - 1 - index)) & 15)
            bytes[start + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    @inline(__always)
    private static func read(_ bytes: UnsafeRawBufferPointer, _ start: Int, digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<start + digits {
            let digit: UInt8
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[index] - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}
