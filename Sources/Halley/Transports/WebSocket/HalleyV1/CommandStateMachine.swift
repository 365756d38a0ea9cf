import DequeModule
import HalleyHub
import NIOCore
import NIOHTTP1

/// The commands of one WebSocket: taken in order, one at a time, each answered exactly once.
///
/// Knows which topics the connection has. A subscription is answered when its topics count, while further commands go on.
struct CommandStateMachine {
    /// What takes time, or needs the server. Its end comes by ``completed(_:)``.
    enum Task {
        case subscribe([(topic: Topic, start: StartPoint)])
        case publish(PublicationDraft, key: String?)
        case history([(topic: Topic, start: StartPoint)], limit: Int)
        case presence(Topic, limit: Int)
        case authenticate(token: String)
    }

    enum Effect {
        case perform(Task)
        case join([(topic: Topic, start: StartPoint)])
        case leave([Topic])
        case reply(CommandID, Result<ByteBuffer, RequestError>)
        case replySubscribed(CommandID, [Topic], Cursor)
        case replyTopics(CommandID, [Topic])
    }

    private struct Subscribing {
        let id: CommandID
        /// In the order in which the client named them.
        var topics: [Topic]
        var missing: Set<Topic>
    }

    /// So many commands wait at most before the connection is not read any more.
    static let maximumWaiting = 16

    /// Those that the connection has, or will have when they count.
    private(set) var topics: Set<Topic>
    private var subscribing: [Subscribing] = []
    private var current: Command?
    private var waiting: Deque<Command> = []

    /// - Parameter topics: those that the connection began with.
    init(topics: some Sequence<Topic>) { self.topics = Set(topics) }

    /// No more should be read for now.
    var isFull: Bool { self.waiting.count >= Self.maximumWaiting }

    mutating func received(_ command: Command) -> [Effect] {
        self.waiting.append(command)
        return self.goOn()
    }

    /// The present subscription may begin so; to be called before ``completed(_:)``.
    mutating func admitted(_ topics: [(topic: Topic, start: StartPoint)]) {
        if case .subscribe = self.current?.body { self.current?.body = .subscribe(topics) }
    }

    /// The present task has ended.
    /// - Parameter result: what is answered; a subscription is answered by ``joined(_:id:)``.
    mutating func completed(_ result: Result<ByteBuffer, RequestError>) -> [Effect] {
        guard let command = self.current else { preconditionFailure("no task is under way") }
        self.current = nil
        if case .success = result, case .subscribe(let topics) = command.body {
            return self.join(topics, command.id) + self.goOn()
        }
        return [.reply(command.id, result)] + self.goOn()
    }

    /// Topics count from now on.
    mutating func joined(_ topics: [Topic], id: Cursor) -> [Effect] {
        for index in self.subscribing.indices { self.subscribing[index].missing.subtract(topics) }
        let done = self.subscribing.filter(\.missing.isEmpty)
        self.subscribing.removeAll(where: \.missing.isEmpty)
        return done.map { .replySubscribed($0.id, $0.topics, id) }
    }

    /// Topics were taken from the connection.
    mutating func removed(_ topics: [Topic]) -> [Effect] {
        self.topics.subtract(topics)
        return self.abandon(topics)
    }

    // MARK: -

    private mutating func goOn() -> [Effect] {
        var effects: [Effect] = []
        while self.current == nil, let command = self.waiting.popFirst() { effects += self.begin(command) }
        return effects
    }

    private mutating func begin(_ command: Command) -> [Effect] {
        switch command.body {
        case .ping: return [.reply(command.id, .success(ByteBuffer(string: "{}")))]
        case .unsubscribe(let topics): return self.unsubscribe(topics, command.id)
        case .subscribe(let topics):
            if let error = self.refusal(of: topics.map(\.topic)) { return [.reply(command.id, .failure(error))] }
            return self.perform(.subscribe(topics), command)
        case .publish(let draft, let key): return self.perform(.publish(draft, key: key), command)
        case .history(let topics, let limit): return self.perform(.history(topics, limit: limit), command)
        case .presence(let topic, let limit): return self.perform(.presence(topic, limit: limit), command)
        case .authenticate(let token): return self.perform(.authenticate(token: token), command)
        }
    }

    private mutating func perform(_ task: Task, _ command: Command) -> [Effect] {
        self.current = command
        return [.perform(task)]
    }

    private func refusal(of topics: [Topic]) -> RequestError? {
        if let known = topics.first(where: self.topics.contains) {
            return RequestError(
                .badRequest, "already_subscribed", "“\(known)” is subscribed already; unsubscribe to begin elsewhere.")
        }
        return self.topics.count + topics.count > SubscribeParameters.maximumTopics
            ? SubscribeParameters.tooManyTopics : nil
    }

    private mutating func join(_ topics: [(topic: Topic, start: StartPoint)], _ id: CommandID) -> [Effect] {
        let names = topics.map(\.topic)
        self.topics.formUnion(names)
        self.subscribing.append(Subscribing(id: id, topics: names, missing: Set(names)))
        return [.join(topics)]
    }

    private mutating func unsubscribe(_ topics: [Topic], _ id: CommandID) -> [Effect] {
        if let unknown = topics.first(where: { !self.topics.contains($0) }) {
            return [
                .reply(id, .failure(RequestError(.badRequest, "not_subscribed", "“\(unknown)” is not subscribed.")))
            ]
        }
        self.topics.subtract(topics)
        return [.leave(topics)] + self.abandon(topics) + [.replyTopics(id, topics)]
    }

    /// What has not joined yet never will: such a subscription is answered for what is left of it.
    private mutating func abandon(_ topics: [Topic]) -> [Effect] {
        for index in self.subscribing.indices {
            self.subscribing[index].missing.subtract(topics)
            self.subscribing[index].topics.removeAll(where: topics.contains)
        }
        let done = self.subscribing.filter(\.missing.isEmpty)
        self.subscribing.removeAll(where: \.missing.isEmpty)
        return done.map { .replyTopics($0.id, $0.topics) }
    }
}
