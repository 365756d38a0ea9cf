import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// A WebSocket that speaks `halley.v1`: takes commands and answers them.
///
/// Belongs to its connection's loop.
final class CommandSession {
    static let subprotocol = "halley.v1"

    private let stream: PushStream
    private var principal: Principal
    private var machine: CommandStateMachine
    /// To be called when reading may go on.
    var resumed: () -> Void = {}

    init(_ stream: PushStream, _ presentation: Presentation) {
        self.stream = stream
        self.principal = presentation.principal
        self.machine = CommandStateMachine(topics: (stream.topics ?? []).map(\.topic))
    }

    /// Whether further commands may be brought: a peer that does not take its answers has to wait.
    var isReady: Bool { !self.machine.isFull && self.stream.isWritable }

    // MARK: - Commands

    func received(_ message: ByteBuffer) {
        if self.stream.hasEnded { return }
        let isOverRate = self.stream.isOverCommandRate
        do throws(CommandFailure) {
            let command = try CommandReader.read(message)
            if isOverRate { return self.reply(command.id, .failure(Self.overRate)) }
            self.perform(self.machine.received(command))
        } catch {
            self.reply(error.id, .failure(error.error))
        }
    }

    private static let overRate = RequestError(
        .tooManyRequests, "too_many_commands", "Too many commands in a short time (--command-rate); go on more slowly.")

    private func perform(_ effects: [CommandStateMachine.Effect]) {
        for effect in effects {
            switch effect {
            case .perform(let task): self.perform(task)
            case .join(let topics): self.stream.join(topics)
            case .leave(let topics): self.stream.leave(topics)
            case .reply(let id, let result): self.reply(id, result)
            case .replySubscribed(let id, let topics, let cursor): self.replySubscribed(id, topics, cursor)
            case .replyTopics(let id, let topics): self.reply(id, .success(CommandReply.topics(topics)))
            }
        }
    }

    private func reply(_ id: CommandID?, _ result: Result<ByteBuffer, RequestError>) {
        self.send(CommandReply.write(id, result))
    }

    private func replySubscribed(_ id: CommandID, _ topics: [Topic], _ cursor: Cursor) {
        self.reply(id, .success(CommandReply.topics(topics, cursor)))
        // Those that are behind are told when they have caught up.
        let caughtUp = topics.filter { !self.stream.isBehind($0) }
        if !caughtUp.isEmpty { self.send(NoticeObject.caughtUp(caughtUp, id: cursor)) }
    }

    private func send(_ object: ByteBuffer) {
        if !self.stream.hasEnded { self.stream.writeFrame(.text, object) }
    }

    // MARK: - Tasks

    private func perform(_ task: CommandStateMachine.Task) {
        let server = self.stream.loop.server
        let eventLoop = self.stream.loop.eventLoop
        switch task {
        case .subscribe(let topics): self.complete(self.authorize(topics).map { ByteBuffer() })
        case .publish(let draft, let key):
            let publishing = Publishing(principal: self.principal, address: self.stream.address, key: key)
            self.complete(
                publishing.publish([draft], server, on: eventLoop).future(on: eventLoop)
                    .map { ids in CommandReply.published(ids[0]) })
        case .history(let topics, let limit):
            let allowed = server.authority.authorize(self.principal, .history, topics.map(\.topic), on: eventLoop)
            self.complete(
                allowed.flatMap { HistoryReading.read(topics, limit: limit, from: server.hub, on: eventLoop) }.map(
                    \.body))
        case .presence(let topic, let limit):
            let allowed = server.authority.authorize(self.principal, .presence, [topic], on: eventLoop)
            self.complete(allowed.map { PresenceAnswer(topic, limit: limit, in: server.hub.presence).object })
        case .authenticate(let token): self.authenticate(token)
        }
    }

    private func authorize(_ topics: [(topic: Topic, start: StartPoint)]) -> EventLoopFuture<Void> {
        let authority = self.stream.loop.server.authority
        let eventLoop = self.stream.loop.eventLoop
        let all = topics.map(\.topic)
        let past = topics.filter { $0.start.asksForHistory }.map(\.topic)
        let principal = self.principal
        return authority.authorize(principal, .subscribe, all, on: eventLoop).flatMapWithEventLoop { _, eventLoop in
            authority.authorize(principal, .history, past, on: eventLoop)
        }
    }

    private func authenticate(_ token: String) {
        let authority = self.stream.loop.server.authority
        let shown = authority.principal(token: token, address: self.stream.address)
        let known = authority.identify(shown, on: self.stream.loop.eventLoop)
        known.hop(to: self.stream.loop.eventLoop).assumeIsolated().whenComplete { result in
            self.finish(result.mapError { $0 }.flatMap { self.accept($0) })
        }
    }

    /// A token that is not the key counts where the embedding program decides by tokens.
    private func accept(_ principal: Principal) -> Result<ByteBuffer, any Error> {
        guard principal.identity == .key || principal.user != nil || self.stream.loop.server.authority.hook != nil
        else {
            return .failure(RequestError(.forbidden, "key_wrong", "The token is not the API key."))
        }
        self.principal = principal
        self.stream.identify(user: principal.user)
        return .success(ByteBuffer(string: "{}"))
    }

    private func complete(_ future: EventLoopFuture<ByteBuffer>) {
        future.hop(to: self.stream.loop.eventLoop).assumeIsolated().whenComplete { self.finish($0) }
    }

    private func finish(_ result: Result<ByteBuffer, any Error>) {
        // Of what has ended nothing more is executed, also not what was read before.
        if self.stream.hasEnded { return }
        let wasFull = self.machine.isFull
        self.perform(self.machine.completed(result.mapError { self.stream.loop.server.refusal(for: $0) }))
        if wasFull, self.isReady { self.resumed() }
    }
}

extension CommandSession: PushStreamListener {
    func told(_ notice: Notice) {
        if case .joined(let topics, let id) = notice { self.perform(self.machine.joined(topics, id: id)) }
    }

    func becameWritable() { if self.isReady { self.resumed() } }
}

extension StartPoint {
    /// It names history by a word, not by a cursor that the client was given.
    var asksForHistory: Bool {
        switch self {
        case .earliest, .last: true
        case .now, .after, .malformed: false
        }
    }
}
