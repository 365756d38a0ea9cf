import AsyncHTTPClient
import HalleyWire
import NIOCore
import NIOHTTP1

/// A subscription that survives lost connections and restarts of the server: it comes back with its cursor.
public struct ClientSubscription: AsyncSequence, Sendable {
    public typealias Element = ClientEvent

    let client: HalleyClient
    let topics: [String]
    let cursor: String?

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: EventStreamConnection(client: self.client, topics: self.topics, cursor: self.cursor))
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var stream: EventStreamConnection

        /// - Throws: ``ClientError`` when the first connection fails, or the server refuses for good.
        public mutating func next() async throws -> ClientEvent? { try await self.stream.next() }
    }
}

extension HalleyClient {
    /// Subscribes by Server-Sent Events.
    /// - Parameters:
    ///   - topics: 1 to 100.
    ///   - cursor: an id, `earliest` or `last:N`; `nil`: from now on.
    public func subscribe(_ topics: [String], cursor: String? = nil) -> ClientSubscription {
        ClientSubscription(client: self, topics: topics, cursor: cursor)
    }
}

/// One connection after the other, with the cursor handed on.
private struct EventStreamConnection {
    let client: HalleyClient
    let topics: [String]
    /// Where it begins the first time.
    let start: String?
    /// What the server has set.
    private var lastID: String?
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var decoder = EventStreamDecoder()
    private var events: ArraySlice<EventStreamDecoder.Event> = []
    private var hasConnected = false
    private var backoff: Backoff

    init(client: HalleyClient, topics: [String], cursor: String?) {
        self.client = client
        self.topics = topics
        self.start = cursor
        self.backoff = Backoff()
    }

    mutating func next() async throws -> ClientEvent? {
        while !Task.isCancelled {
            while let event = self.events.popFirst() {
                if let result = self.take(event) { return result }
            }
            do {
                if self.body == nil { try await self.connect() }
                guard let bytes = try await self.body?.next() else { return self.lost("the server ended the stream") }
                self.events = try self.decoder.decode(bytes)[...]
            } catch let error as ClientError {
                // A wrong address should be told, not tried for ever.
                guard error.isTransient, self.hasConnected else { throw error }
                return self.lost("\(error)")
            } catch {
                return self.lost("\(error)")
            }
        }
        return nil
    }

    private mutating func connect() async throws {
        if let delay = self.backoff.next() { try await Task.sleep(for: delay) }
        var items = self.topics.map { ("topic", $0) } + [("format", "envelope")]
        if let start, self.lastID == nil { items.append(("cursor", start)) }
        var request = self.client.request("/sse", items)
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let lastID { request.headers.add(name: "Last-Event-ID", value: lastID) }
        let response = try await self.client.execute(request, timeout: nil)
        self.hasConnected = true
        self.body = response.body.makeAsyncIterator()
        self.decoder = EventStreamDecoder()
    }

    private mutating func lost(_ reason: String) -> ClientEvent {
        self.body = nil
        self.backoff.failed()
        return .reconnecting(reason: reason)
    }

    private mutating func take(_ event: EventStreamDecoder.Event) -> ClientEvent? {
        switch event {
        case .retry(let milliseconds):
            self.backoff.base = .milliseconds(milliseconds)
            return nil
        case .id(let id):
            self.lastID = id
            self.backoff.succeeded()
            return nil
        case .event(let name, let data, let id):
            self.lastID = id.isEmpty ? self.lastID : id
            if name == "halley:gap" { return ReceivedGap(json: data).map { .gap($0) } }
            return ReceivedPublication(envelope: data).map { .publication($0) }
        }
    }
}

/// How long to wait before the next try: twice as long each time, up to half a minute, and never all at the same moment.
struct Backoff {
    /// As the server asks.
    var base = Duration.seconds(1)
    private var failures = 0

    mutating func failed() { self.failures += 1 }
    mutating func succeeded() { self.failures = 0 }

    /// `nil`: at once.
    func next() -> Duration? {
        if self.failures == 0 { return nil }
        let longest = min(.seconds(30), self.base * (1 << min(self.failures - 1, 10)))
        return longest * Double.random(in: 0.5...1)
    }
}
