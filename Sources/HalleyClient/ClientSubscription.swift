import NIOCore

/// A subscription that survives lost connections and restarts of the server: it comes back with its cursor, as often and as
/// soon as the server allows.
public struct ClientSubscription: AsyncSequence, Sendable {
    public typealias Element = ClientEvent

    let client: HalleyClient
    let topics: [String]
    let cursor: String?
    let transport: ClientTransport

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }

    /// One walk through the subscription, with a connection of its own: it is closed when the walk ends or is given up.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let subscription: ClientSubscription
        /// What the server has given; at first, what the user has.
        private var cursor: String?
        private var source: (any ServerSource)?
        private var words: ArraySlice<ServerWord> = []
        private var hasConnected = false
        private var hasEnded = false
        private var backoff = Backoff()

        fileprivate init(subscription: ClientSubscription) {
            self.subscription = subscription
            self.cursor = subscription.cursor
        }

        /// - Returns: `nil` when the task is cancelled, and after that.
        /// - Throws: ``ClientError`` when the first connection fails, the server refuses for good, or it does not want the
        ///   client back.
        public mutating func next() async throws -> ClientEvent? {
            while !self.hasEnded, !Task.isCancelled {
                let event: ClientEvent?
                do throws(ClientError) {
                    event = try await self.step()
                } catch {
                    // What a connection that is cancelled says is of no interest.
                    if Task.isCancelled { break }
                    // A wrong address should be told, not tried for ever.
                    guard error.isTransient, self.hasConnected else {
                        self.end()
                        throw error
                    }
                    event = self.lost("\(error)", error.retryAfter.map { RetryTime($0) })
                }
                if let event, !Task.isCancelled { return event }
            }
            self.end()
            return nil
        }

        private mutating func end() {
            self.hasEnded = true
            self.source = nil
            self.words = []
        }

        /// - Returns: `nil` where what has come is of no interest to the user.
        private mutating func step() async throws(ClientError) -> ClientEvent? {
            if let word = self.words.popFirst() { return try self.take(word) }
            guard let words = try await self.receive() else { return self.lost("the server ended the stream") }
            self.hasConnected = true
            self.backoff.heard(at: self.settings.now())
            self.words = words[...]
            return nil
        }

        private mutating func receive() async throws(ClientError) -> [ServerWord]? {
            do {
                if self.source == nil { try await self.connect() }
                return try await self.source?.next()
            } catch {
                throw ClientError(error, url: self.subscription.client.address.url)
            }
        }

        private mutating func connect() async throws {
            var random = SystemRandomNumberGenerator()
            let delay = self.backoff.delay(using: &random)
            if delay > .zero { try await self.settings.sleep(delay) }
            try Task.checkCancellation()
            let source = self.subscription.transport.source
            self.source = source.init(self.subscription.client, self.subscription.topics, cursor: self.cursor)
        }

        private mutating func lost(_ reason: String, _ retry: RetryTime? = nil) -> ClientEvent {
            self.source = nil
            self.words = []
            if let retry { self.backoff.ask(retry) }
            self.backoff.lost(at: self.settings.now())
            return .reconnecting(reason: reason)
        }

        private mutating func take(_ word: ServerWord) throws(ClientError) -> ClientEvent? {
            switch word {
            case .retry(let time):
                self.backoff.ask(time)
                return nil
            case .cursor(let cursor):
                self.cursor = cursor
                return nil
            case .gap(let gap, let id):
                self.cursor = id
                return .gap(gap)
            case .publication(let publication):
                self.cursor = publication.id
                return .publication(publication)
            case .end(let end):
                guard end.mayReturn else { throw .ended(code: end.code, reason: end.reason) }
                return self.lost("the server ended the stream (\(end.code) \(end.reason))", end.retry)
            }
        }

        private var settings: ClientSettings { self.subscription.client.settings }
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
