package import NIOCore

/// Checks UTF-8 as it arrives (RFC 3629): fails at the first byte that can't belong to valid text.
package struct UTF8Validator: Sendable {
    /// Continuation bytes that are still to come.
    private var expected = 0
    /// What the next continuation byte may be; narrower after some first bytes, against overlong forms, surrogates and
    /// values beyond U+10FFFF.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xbf

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { self.expected == 0 }

    /// - Returns: `false` as soon as a byte can't be.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if self.expected == 0 {
                index = Self.skipASCII(bytes, from: index)
                if index == bytes.count { return true }
            }
            if !self.accept(bytes[index]) { return false }
            index += 1
        }
        return true
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if self.expected > 0 {
            guard byte >= self.low, byte <= self.high else { return false }
            self.expected -= 1
            (self.low, self.high) = (0x80, 0xbf)
            return true
        }
        switch byte {
        case 0...0x7f: break
        case 0xc2...0xdf: self.expected = 1
        case 0xe0: (self.expected, self.low) = (2, 0xa0)
        case 0xed: (self.expected, self.high) = (2, 0x9f)
        case 0xe1...0xef: self.expected = 2
        case 0xf0: (self.expected, self.low) = (3, 0x90)
        case 0xf4: (self.expected, self.high) = (3, 0x8f)
        case 0xf1...0xf3: self.expected = 3
        default: return false
        }
        return true
    }

    /// Eight bytes at a time.
    private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            index += 8
        }
        while index < bytes.count, bytes[index] < 0x80 { index += 1 }
        return index
    }

    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var validator = UTF8Validator()
        return validator.accept(bytes) && validator.isComplete
    }

    package static func isValid(_ view: ByteBufferView) -> Bool {
        view.withUnsafeBytes { self.isValid($0) }
    }
}
