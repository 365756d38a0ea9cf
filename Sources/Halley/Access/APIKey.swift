/// The key that lets its holder publish and administer.
public struct APIKey: Sendable {
    private let bytes: [UInt8]
    public let text: String

    /// - Parameter text: 1–255 visible ASCII characters.
    public init?(_ text: String) {
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        self.text = text
        self.bytes = Array(text.utf8)
    }

    /// 192 random bits.
    public static func generate() -> APIKey {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var generator = SystemRandomNumberGenerator()
        return APIKey(String((0..<32).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] }))!
    }

    /// Takes as long whatever the bytes are: the time must not tell how many of them fit.
    func matches(_ other: String) -> Bool {
        let other = Array(other.utf8)
        var difference =
            UInt8(truncatingIfNeeded: other.count ^ self.bytes.count) | UInt8(other.count == self.bytes.count ? 0 : 1)
        for index in 0..<max(self.bytes.count, 1) {
            difference |= self.bytes[index] ^ (index < other.count ? other[index] : 0)
        }
        return difference == 0
    }
}
