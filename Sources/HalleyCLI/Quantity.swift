/// Sizes and times as people write them.
enum Quantity {
    private static let sizes: [(String, Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("B", 1), ("", 1),
    ]

    private static let times: [(String, Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000),
    ]

    static func bytes(_ text: String) throws -> Int {
        for (unit, factor) in self.sizes where text.lowercased().hasSuffix(unit.lowercased()) {
            guard let number = Int(text.dropLast(unit.count)), number >= 0, number <= Int.max / factor else { break }
            return number * factor
        }
        throw Invalid("must be a size like 65536, 64KiB or 1MiB, not “\(text)”.")
    }

    static func milliseconds(_ text: String) throws -> Int64 {
        for (unit, factor) in self.times where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number >= 0, number * factor < 1e12 else { break }
            return Int64(number * factor)
        }
        throw Invalid("must be a time like 10, 0.5, 500ms, 10m or 1h, not “\(text)”.")
    }
}
