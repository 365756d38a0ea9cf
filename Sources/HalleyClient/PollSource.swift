import AsyncHTTPClient
import HalleyWire
import NIOCore

/// Timed polling, every two seconds.
struct PollSource: ServerSource {
    static let interval = Duration.seconds(2)

    private var polling: Polling
    private var isFirst = true

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws {
        self.polling = Polling(client, "/poll", topics, cursor)
    }

    mutating func next() async throws -> [ServerWord]? {
        if !self.isFirst { try await Task.sleep(for: Self.interval) }
        defer { self.isFirst = false }
        return try await self.polling.ask()
    }
}

/// Long polling: the next request goes out when the answer is here.
struct LongPollSource: ServerSource {
    private var polling: Polling

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws {
        self.polling = Polling(client, "/longpoll", topics, cursor)
    }

    mutating func next() async throws -> [ServerWord]? { try await self.polling.ask() }
}

/// One request after the other, with the cursor handed on.
private struct Polling {
    private let client: HalleyClient
    private let path: String
    private let topics: [String]
    private var cursor: String?

    init(_ client: HalleyClient, _ path: String, _ topics: [String], _ cursor: String?) {
        self.client = client
        self.path = path
        self.topics = topics
        self.cursor = cursor
    }

    mutating func ask() async throws -> [ServerWord] {
        let request = self.client.subscribeRequest(self.path, self.topics, cursor: self.cursor)
        let answer = try await self.client.json(request, timeout: .seconds(90))
        guard let cursor = answer["cursor"]?.string, let messages = answer["messages"]?.array else {
            throw ClientError.unexpectedAnswer("The server's answer has no messages.")
        }
        self.cursor = cursor
        let gap = answer["gap"].flatMap { ReceivedGap(json: String(buffer: $0.text)) }
        let publications = messages.compactMap { ReceivedPublication(envelope: String(buffer: $0.text)) }
        // The cursor comes last: a client that is cut in between asks again from where it stood.
        return (gap.map { [.gap($0, id: cursor)] } ?? []) + publications.map { .publication($0) } + [.cursor(cursor)]
    }
}
