import AsyncHTTPClient
import HalleyWire
import NIOCore

/// Timed polling, every two seconds.
struct PollSource: ServerSource {
    static let interval = Duration.seconds(2)

    private var polling: Polling
    private var isFirst = true

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) {
        self.polling = Polling(client, topics, cursor)
    }

    mutating func next() async throws -> [ServerWord]? {
        if !self.isFirst { try await self.polling.client.settings.sleep(Self.interval) }
        self.isFirst = false
        return try await self.polling.ask("/poll", within: self.polling.client.settings.silence)
    }
}

/// Long polling: the next request goes out when the answer is here. A server that answers at once without a word is not asked
/// again at once.
struct LongPollSource: ServerSource {
    /// From a request that brought nothing to the next.
    static let shortest = Duration.seconds(1)

    private var polling: Polling
    private var pause = Duration.zero

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) {
        self.polling = Polling(client, topics, cursor)
    }

    mutating func next() async throws -> [ServerWord]? {
        let settings = self.polling.client.settings
        if self.pause > .zero { try await settings.sleep(self.pause) }
        let (asked, cursor) = (settings.now(), self.polling.cursor)
        let words = try await self.polling.ask(
            "/longpoll", [("timeout", String(settings.hold))], within: .seconds(settings.hold) + settings.silence)
        self.pause = self.polling.cursor == cursor ? Self.shortest - asked.duration(to: settings.now()) : .zero
        return words
    }
}

/// One request after the other, with the cursor handed on.
private struct Polling {
    let client: HalleyClient
    private let topics: [String]
    private(set) var cursor: String?

    init(_ client: HalleyClient, _ topics: [String], _ cursor: String?) {
        self.client = client
        self.topics = topics
        self.cursor = cursor
    }

    mutating func ask(
        _ path: String, _ items: [(String, String)] = [], within limit: Duration
    ) async throws(ClientError) -> [ServerWord] {
        let items = HalleyClient.subscribeItems(self.topics, cursor: self.cursor) + items
        let answer = try await self.client.json(self.client.request(path, items), within: limit)
        guard let cursor = answer["cursor"]?.string, let messages = answer["messages"]?.array else {
            throw ClientError.unexpectedAnswer("The server's answer has no messages.")
        }
        self.cursor = cursor
        // Topics may have gaps for different reasons: the first is `gap`, the others are `gaps`.
        let gaps = (answer["gap"].map { [$0] } ?? []) + (answer["gaps"]?.array ?? [])
        let received = gaps.compactMap { ReceivedGap(json: String(buffer: $0.text)) }
        let publications = messages.compactMap { ReceivedPublication(envelope: String(buffer: $0.text)) }
        // The cursor comes last: a client that is cut in between asks again from where it stood.
        return received.map { .gap($0, id: cursor) } + publications.map { .publication($0) } + [.cursor(cursor)]
    }
}
