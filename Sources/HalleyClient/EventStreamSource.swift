import AsyncHTTPClient
import HalleyWire
import NIOCore
import NIOHTTP1

/// Server-Sent Events.
struct EventStreamSource: ServerSource {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var decoder = EventStreamDecoder()

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws {
        var request = client.subscribeRequest("/sse", topics, cursor: cursor, [("format", "envelope")])
        request.headers.add(name: "Accept", value: "text/event-stream")
        self.body = try await client.execute(request, timeout: nil).body.makeAsyncIterator()
    }

    mutating func next() async throws -> [ServerWord]? {
        guard let bytes = try await self.body.next() else { return nil }
        return try self.decoder.decode(bytes).compactMap(Self.word)
    }

    private static func word(_ event: EventStreamDecoder.Event) -> ServerWord? {
        switch event {
        case .retry(let milliseconds): .retry(milliseconds)
        case .id(let id): .cursor(id)
        case .event("halley:gap", let data, let id): ReceivedGap(json: data).map { .gap($0, id: id) }
        case .event(_, let data, _): ReceivedPublication(envelope: data).map { .publication($0) }
        }
    }
}
