import HalleyWire
public import NIOCore

/// What a subscription brings.
public enum ClientEvent: Sendable {
    case publication(ReceivedPublication)
    /// Publications after a cursor are no longer held.
    case gap(ReceivedGap)
    /// The connection is lost and will be tried again: informational.
    case reconnecting(reason: String)
}

/// A publication as it came in its envelope.
public struct ReceivedPublication: Sendable {
    /// The cursor to come back with.
    public let id: String
    public let topic: String
    public let event: String
    /// The bare data: the text, the bytes, or the JSON text.
    public let data: ByteBuffer
    /// The content type where it is not the obvious one.
    public let type: String?
    /// Milliseconds since 1970.
    public let time: Int64
    /// The whole envelope as JSON on one line.
    public let envelope: String

    init?(envelope text: String) {
        guard
            let members = try? JSONReader.parse(ByteBuffer(string: text), maximumDepth: JSONReader.envelopeDepth)
                .object, let id = members["id"]?.string,
            let topic = members["topic"]?.string, let data = members["data"]
        else { return nil }
        self.id = id
        self.topic = topic
        self.event = members["event"]?.string ?? "message"
        self.type = members["type"]?.string
        self.time = members["time"].flatMap { Int64(String(buffer: $0.text)) } ?? 0
        self.envelope = text
        self.data = Self.bare(data, members)
    }

    private static func bare(_ data: JSONReader.Value, _ members: [String: JSONReader.Value]) -> ByteBuffer {
        guard let string = data.string else { return data.text }
        if members["encoding"]?.string == "base64" { return ByteBuffer(bytes: Base64.decode(string) ?? []) }
        // A string with a JSON type is the JSON string itself.
        let isJSON = members["type"]?.string.map { $0 == "application/json" || $0.hasSuffix("+json") } ?? false
        return isJSON ? data.text : ByteBuffer(string: string)
    }
}

public struct ReceivedGap: Sendable {
    public let topics: [String]
    public let after: String
    public let reason: String

    init?(json text: String) {
        guard
            let members = try? JSONReader.parse(ByteBuffer(string: text), maximumDepth: JSONReader.envelopeDepth).object
        else { return nil }
        self.topics = members["topics"]?.array?.compactMap(\.string) ?? []
        self.after = members["after"]?.string ?? ""
        self.reason = members["reason"]?.string ?? ""
    }
}
