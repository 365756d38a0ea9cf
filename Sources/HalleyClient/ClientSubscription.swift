import NIOCore

/// A subscription that survives lost connections and restarts of the server: it comes back with its cursor.
public struct ClientSubscription: AsyncSequence, Sendable {
    public typealias Element = ClientEvent

    let client: HalleyClient
    let topics: [String]
    let cursor: String?
    let transport: ClientTransport

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let subscription: ClientSubscription
        /// What the server has given; at first, what the user has.
        private var cursor: String?
        private var source: (any ServerSource)?
        private var words: ArraySlice<ServerWord> = []
        private var hasConnected = false
        private var backoff = Backoff()

        fileprivate init(subscription: ClientSubscription) {
            self.subscription = subscription
            self.cursor = subscription.cursor
        }

        /// - Throws: ``ClientError`` when the first connection fails, or the server refuses for good.
        public mutating func next() async throws -> ClientEvent? {
            while !Task.isCancelled {
                while let word = self.words.popFirst() {
                    if let event = self.take(word) { return event }
                }
                do {
                    if self.source == nil { try await self.connect() }
                    guard let words = try await self.source?.next() else {
                        return self.lost("the server ended the stream")
                    }
                    self.hasConnected = true
                    self.words = words[...]
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
            let source = self.subscription.transport.source
            self.source = try await source.init(self.subscription.client, self.subscription.topics, cursor: self.cursor)
        }

        private mutating func lost(_ reason: String) -> ClientEvent {
            self.source = nil
            self.backoff.failed()
            return .reconnecting(reason: reason)
        }

        private mutating func take(_ word: ServerWord) -> ClientEvent? {
            switch word {
            case .retry(let milliseconds):
                self.backoff.base = .milliseconds(milliseconds)
                return nil
            case .cursor(let cursor):
                self.cursor = cursor
                self.backoff.succeeded()
                return nil
            case .gap(let gap, let id):
                self.cursor = id
                return .gap(gap)
            case .publication(let publication):
                self.cursor = publication.id
                return .publication(publication)
            }
        }
    }
}

extension HalleyClient {
    /// - Parameters:
    ///   - topics: 1 to 100.
    ///   - cursor: an id, `earliest` or `last:N`; `nil`: from now on.
    public func subscribe(
        _ topics: [String], cursor: String? = nil, transport: ClientTransport = .sse
    ) -> ClientSubscription {
        ClientSubscription(client: self, topics: topics, cursor: cursor, transport: transport)
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
