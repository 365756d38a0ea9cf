/// Sizes and times as people write them.
enum Quantity {
    static let day: Int64 = 86_400_000
    /// What is meant to be for ever.
    static let longestAge: Int64 = 10_000 * day
    static let tebibyte = 1 << 40

    private static let sizes: [(unit: String, factor: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("B", 1), ("", 1),
    ]

    private static let times: [(unit: String, factor: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", day), ("", 1000),
    ]

    static func bytes(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        for (unit, factor) in self.sizes where text.lowercased().hasSuffix(unit.lowercased()) {
            guard let number = Int(text.dropLast(unit.count)), number >= 0 else { break }
            let (bytes, isOver) = number.multipliedReportingOverflow(by: factor)
            guard !isOver, range.contains(bytes) else {
                throw Invalid(
                    "must be from \(self.text(bytes: range.lowerBound)) to \(self.text(bytes: range.upperBound)), "
                        + "not “\(text)”.")
            }
            return bytes
        }
        throw Invalid("must be a size like 65536, 64KiB or 1MiB, not “\(text)”.")
    }

    static func milliseconds(_ text: String, in range: ClosedRange<Int64>) throws -> Int64 {
        for (unit, factor) in self.times where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number >= 0 else { break }
            // Compared as it is, for it may be far more than an integer holds.
            let milliseconds = number * Double(factor)
            guard milliseconds <= Double(range.upperBound), range.contains(Int64(milliseconds)) else {
                throw Invalid(
                    "must be from \(self.text(milliseconds: range.lowerBound)) to "
                        + "\(self.text(milliseconds: range.upperBound)), not “\(text)”.")
            }
            return Int64(milliseconds)
        }
        throw Invalid("must be a time like 10, 0.5, 500ms, 10m or 1h, not “\(text)”.")
    }

    /// A whole number of one thing or another.
    static func number(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Invalid("must be a whole number from \(range.lowerBound) to \(range.upperBound), not “\(text)”.")
        }
        return number
    }

    /// As it can be read again, in the largest unit that fits.
    static func text(bytes: Int) -> String {
        for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes.isMultiple(of: factor) {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)"
    }

    /// As it can be read again, in the largest unit that fits.
    static func text(milliseconds: Int64) -> String {
        for (unit, factor) in self.times.dropLast().reversed()
        where milliseconds >= factor && milliseconds.isMultiple(of: factor) {
            return "\(milliseconds / factor)\(unit)"
        }
        return "\(milliseconds)"
    }
}
