/// Names a client, over all its connections and requests.
public struct ClientID: Hashable, Sendable, CustomStringConvertible {
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    /// One that no other client of this process has got from here; not hard to guess, and shown to others: it proves
    /// nothing.
    public static func random() -> ClientID { ClientID(UniqueNumber.next()) }

    /// - Parameter text: 16 hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 16, text.utf8.allSatisfy(Self.isDigit), let value = UInt64(text, radix: 16) else {
            return nil
        }
        self.value = value
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    public var description: String {
        let digits = String(self.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// Someone who can be on a topic.
public struct Member: Hashable, Sendable {
    public let client: ClientID
    /// Who is behind it, where that is known.
    public let user: String?

    public init(client: ClientID, user: String? = nil) {
        self.client = client
        self.user = user
    }
}

/// Someone who is on a topic.
public struct PresentMember: Hashable, Sendable {
    public let member: Member
    /// Milliseconds since 1970.
    public let since: Int64

    public init(_ member: Member, since: Int64) {
        self.member = member
        self.since = since
    }
}
