/// The name of a function that a script calls: an optional `parent.` and one to four identifiers joined by dots, at most
/// 64 characters. Names that lead out of the page's own objects are refused.
package struct CallbackName: Sendable, Equatable {
    package static let maximumLength = 64
    package static let maximumParts = 4

    private static let refused: Set<String> = [
        "opener", "top", "parent", "self", "window", "frames", "globalThis", "document", "location", "navigator",
        "constructor", "prototype", "__proto__", "eval", "Function", "setTimeout", "setInterval", "alert",
    ]

    package let text: String

    /// `nil` for a name that is not allowed.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)[...]
        if parts.count > 1, parts.first == "parent" { parts = parts.dropFirst() }
        guard (1...Self.maximumParts).contains(parts.count), parts.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ part: Substring) -> Bool {
        guard let first = part.utf8.first, Self.isLetter(first), !self.refused.contains(String(part)) else {
            return false
        }
        return part.utf8.allSatisfy { self.isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "$"):
            true
        default: false
        }
    }
}
