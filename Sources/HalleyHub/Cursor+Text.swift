package import NIOCore

/// The text of a cursor: `<epoch, 16 hex digits>-<sequence>`, then for each mark `.` (start) or `~` (late), 12 hex digits
/// that stand for the topic, and the distance from the sequence in hex, with `n` before it where the mark lies below;
/// at last, with a cover, `_`, 8 hex digits that stand for its topics, and the distance of its start in the same way.
extension Cursor: CustomStringConvertible {
    public var description: String {
        var buffer = ByteBuffer()
        buffer.writeCursor(self)
        return String(buffer: buffer)
    }

    /// `nil` for what is not a cursor.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 18, bytes.count <= Self.maximumLength, bytes[16] == UInt8(ascii: "-") else { return nil }
        var reader = CursorReader(bytes: bytes)
        guard let epoch = reader.hex(digits: 16), reader.take(UInt8(ascii: "-")), let sequence = reader.decimal() else {
            return nil
        }
        guard let (marks, cover) = reader.marks(around: sequence) else { return nil }
        self.init(epoch: epoch, sequence: sequence, marks: marks, cover: cover)
    }
}

extension ByteBuffer {
    package mutating func writeCursor(_ cursor: Cursor) {
        self.writeHex(cursor.epoch, digits: 16)
        self.writeInteger(UInt8(ascii: "-"))
        self.writeDecimal(cursor.sequence)
        if cursor.marks.isEmpty { return }
        for mark in cursor.marks {
            self.writeInteger(mark.kind == .start ? UInt8(ascii: ".") : UInt8(ascii: "~"))
            self.writeHex(mark.topic, digits: 12)
            self.writeDistance(of: mark.sequence, from: cursor.sequence)
        }
        if let cover = cursor.cover {
            self.writeInteger(UInt8(ascii: "_"))
            self.writeHex(cover.topics, digits: 8)
            self.writeDistance(of: cover.start, from: cursor.sequence)
        }
    }

    private mutating func writeDistance(of sequence: UInt64, from base: UInt64) {
        if sequence < base { self.writeInteger(UInt8(ascii: "n")) }
        self.writeString(String(sequence < base ? base - sequence : sequence - base, radix: 16))
    }

    mutating func writeHex(_ value: UInt64, digits: Int) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: digits) { bytes in
            for place in 0..<digits {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * (digits - 1 - place))) & 15
                bytes[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            }
            return digits
        }
    }

    package mutating func writeDecimal(_ value: UInt64) {
        var count = 1
        var rest = value
        while rest >= 10 { (rest, count) = (rest / 10, count + 1) }
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var rest = value
            for place in stride(from: count - 1, through: 0, by: -1) {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return count
        }
    }
}

private struct CursorReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.index += 1
        return true
    }

    /// Exactly as many digits where `digits` is given, else 1 to 16.
    mutating func hex(digits: Int? = nil) -> UInt64? {
        var value: UInt64 = 0
        var count = 0
        while count < digits ?? 16, let digit = self.next.flatMap(Self.hexDigit) {
            value = value << 4 | digit
            count += 1
            self.index += 1
        }
        return count == 0 || (digits != nil && count != digits) ? nil : value
    }

    mutating func decimal() -> UInt64? {
        var value: UInt64 = 0
        var count = 0
        while let byte = self.next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
            count += 1
            self.index += 1
        }
        return count == 0 ? nil : value
    }

    mutating func marks(around sequence: UInt64) -> (marks: [Cursor.Mark], cover: Cursor.Cover?)? {
        var marks: [Cursor.Mark] = []
        while let kind = self.kind() {
            guard marks.count < Cursor.maximumMarks, let topic = self.hex(digits: 12),
                let value = self.sequence(around: sequence)
            else { return nil }
            marks.append(Cursor.Mark(topic: topic, kind: kind, sequence: value))
        }
        var cover: Cursor.Cover?
        if self.take(UInt8(ascii: "_")) {
            guard let topics = self.hex(digits: 8), let start = self.sequence(around: sequence) else { return nil }
            cover = Cursor.Cover(topics: topics, start: start)
        }
        return self.next == nil ? (marks, cover) : nil
    }

    private mutating func sequence(around base: UInt64) -> UInt64? {
        let isBelow = self.take(UInt8(ascii: "n"))
        guard let distance = self.hex() else { return nil }
        let (value, overflow) =
            isBelow
            ? base.subtractingReportingOverflow(distance) : base.addingReportingOverflow(distance)
        return overflow ? nil : value
    }

    private mutating func kind() -> Cursor.Mark.Kind? {
        if self.take(UInt8(ascii: ".")) { return .start }
        if self.take(UInt8(ascii: "~")) { return .late }
        return nil
    }

    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
