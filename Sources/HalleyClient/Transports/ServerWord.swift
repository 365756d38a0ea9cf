import HalleyWire
import NIOCore

/// What a server says, whatever the transport.
enum ServerWord {
    case publication(ReceivedPublication)
    case gap(ReceivedGap, id: String)
    /// Where the client stands now.
    case cursor(String)
    /// When to come back, whenever the connection ends.
    case retry(RetryTime)
    /// The last one.
    case end(ServerEnd)

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
            guard let end = ServerEnd(members: end) else { return nil }
            self = .end(end)
        } else if let publication = ReceivedPublication(envelope: String(buffer: text)) {
            self = .publication(publication)
        } else {
            return nil
        }
    }
}
