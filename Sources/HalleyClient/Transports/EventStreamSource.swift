import HalleyWire
import NIOCore

/// Server-Sent Events.
struct EventStreamSource: ServerSource {
    private var parts: ServerParts.AsyncIterator
    private var decoder: EventStreamDecoder

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) {
        self.decoder = EventStreamDecoder(maximumLength: client.settings.maximumMessage)
        self.parts = client.open(
            "/sse", topics, cursor: cursor, [("format", "envelope")], .body(type: "text/event-stream"))
    }

    mutating func next() async throws -> [ServerWord]? {
        switch try await self.parts.next() {
        case .data(let bytes): try self.decode(bytes)
        case .opened, .closed: []
        case nil: nil
        }
    }

    private mutating func decode(_ bytes: ByteBuffer) throws(ClientError) -> [ServerWord] {
        do throws(EventStreamDecoder.TooLong) {
            return try self.decoder.decode(bytes).compactMap(Self.word)
        } catch {
            throw .unexpectedAnswer("The server's message is too long.")
        }
    }

    private static func word(_ event: EventStreamDecoder.Event) -> ServerWord? {
        switch event {
        case .retry(let milliseconds): .retry(RetryTime(milliseconds: milliseconds))
        case .id(let id): .cursor(id)
        case .event("halley:gap", let data, let id): ReceivedGap(json: data).map { .gap($0, id: id) }
        case .event(_, let data, _): ReceivedPublication(envelope: data).map { .publication($0) }
        }
    }
}
