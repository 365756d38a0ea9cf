/// The name of a publication's event, `message` where none was given.
public struct EventName: Hashable, Sendable, CustomStringConvertible {
    public static let message = EventName(unchecked: "message")
    /// Someone has come to a topic, or left it: the server's own words (see ``Presence``).
    static let join = EventName(unchecked: "halley:join")
    static let leave = EventName(unchecked: "halley:leave")
    public static let maximumLength = 255

    /// Clients raise events of these names themselves: Socket.IO's, and an `EventSource` (WHATWG HTML §9.2), which tells by
    /// `open` and `error` of its connection.
    static let reserved: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "open", "error",
    ]

    public let name: String

    /// An empty name counts as none.
    /// - Throws: ``EventNameError`` for a name that is too long, reserved or holds a control character.
    public init(_ name: String) throws(EventNameError) {
        if name.utf8.count > Self.maximumLength { throw .tooLong(bytes: name.utf8.count) }
        if name.unicodeScalars.contains(where: \.isControl) { throw .controlCharacter }
        if name.utf8.starts(with: "halley:".utf8) || Self.reserved.contains(name) { throw .reserved(name) }
        self.name = name.isEmpty ? "message" : name
    }

    private init(unchecked name: String) { self.name = name }

    public var isMessage: Bool { self == .message }
    public var description: String { self.name }
}

/// Why a string is not an event's name.
public enum EventNameError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong(bytes: Int)
    case controlCharacter
    case reserved(String)

    public var description: String {
        switch self {
        case .tooLong(let bytes): "An event's name may have \(EventName.maximumLength) bytes; this one has \(bytes)."
        case .controlCharacter: "An event's name must not contain control characters."
        case .reserved(let name):
            "The event name “\(name)” is reserved: the server or its clients use it themselves. Take another one."
        }
    }
}
