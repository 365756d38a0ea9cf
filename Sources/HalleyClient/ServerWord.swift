import HalleyWire
import NIOCore

/// What a server says, whatever the transport.
enum ServerWord {
    case publication(ReceivedPublication)
    case gap(ReceivedGap, id: String)
    /// Where the client stands now.
    case cursor(String)
    /// After how many milliseconds to come back.
    case retry(Int)

    /// Reads one object of the JSON dialects; `nil` for one that is unknown.
    init?(object text: ByteBuffer) {
        guard let members = try? JSONReader.parse(text, maximumDepth: JSONReader.envelopeDepth).object else {
            return nil
        }
        if let gap = members["gap"], let id = members["id"]?.string {
            guard let received = ReceivedGap(json: String(buffer: gap.text)) else { return nil }
            self = .gap(received, id: id)
        } else if let cursor = members["hello"]?.object?["cursor"]?.string ?? members["cursor"]?.string {
            self = .cursor(cursor)
        } else if let end = members["end"]?.object {
            guard let retry = end["retry"].flatMap({ Int(String(buffer: $0.text)) }) else { return nil }
            self = .retry(retry)
        } else if let publication = ReceivedPublication(envelope: String(buffer: text)) {
            self = .publication(publication)
        } else {
            return nil
        }
    }
}

/// One connection, or one request after the other, by one transport.
protocol ServerSource {
    /// - Parameter cursor: where it begins; `nil`: from now on.
    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws

    /// - Returns: what has come; `nil` at the end.
    mutating func next() async throws -> [ServerWord]?
}
