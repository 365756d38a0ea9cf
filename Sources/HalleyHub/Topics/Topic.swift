/// The named thing that is published to.
///
/// A name is 1–255 bytes of UTF-8 without control characters. Names that begin with `$` belong to the server and are
/// refused from outside; names that end in `*` are kept for patterns, and refused everywhere.
public struct Topic: Hashable, Sendable, Comparable, CustomStringConvertible {
    public static let maximumLength = 255

    public let name: String

    /// - Throws: ``TopicError`` for a name that is empty, longer than 255 bytes or reserved, holds a control character or ends
    ///   in `*`.
    public init(_ name: String) throws(TopicError) {
        try self.init(server: name)
        if name.utf8.first == UInt8(ascii: "$") { throw .reserved(name) }
    }

    /// A name that may also be one of the server's own.
    package init(server name: String) throws(TopicError) {
        if name.isEmpty { throw .empty }
        if name.utf8.count > Self.maximumLength { throw .tooLong(bytes: name.utf8.count) }
        if name.unicodeScalars.contains(where: \.isControl) { throw .controlCharacter }
        if name.utf8.last == UInt8(ascii: "*") { throw .pattern(name) }
        self.name = name
    }

    public var description: String { self.name }

    /// By bytes: two spellings of one visible name are two topics, and `String` would take them for one.
    public static func == (left: Topic, right: Topic) -> Bool {
        left.name.utf8.count == right.name.utf8.count && left.name.beginsWithBytes(of: right.name)
    }

    public static func < (left: Topic, right: Topic) -> Bool {
        left.name.precedesByBytes(right.name)
    }

    public func hash(into hasher: inout Hasher) {
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// 48 bits that stand for the topic inside a cursor (FNV-1a, folded). A collision can only blur a client's own cursor.
    package var fingerprint: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in self.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash ^ (hash >> 48)) & 0xffff_ffff_ffff
    }
}

/// Why a string is not a topic's name.
public enum TopicError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int)
    case controlCharacter
    case reserved(String)
    /// It ends in `*`.
    case pattern(String)

    public var description: String {
        switch self {
        case .empty: "A topic's name must not be empty."
        case .tooLong(let bytes): "A topic's name may have \(Topic.maximumLength) bytes; this one has \(bytes)."
        case .controlCharacter: "A topic's name must not contain control characters."
        case .reserved(let name): "Topics that begin with “$” belong to the server: “\(name)”."
        case .pattern(let name):
            "Names that end in “*” are kept for patterns of topics, which there are not yet: “\(name)”. Name one topic."
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    var isControl: Bool { self.value < 0x20 || (0x7f...0x9f).contains(self.value) }
}
