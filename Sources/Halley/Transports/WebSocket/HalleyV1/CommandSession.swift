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
    /// Commands that were refused for their rate, without those that were not.
    private var overRateCount = 0
    /// Ends the connection.
    var ended: (CloseReason) -> Void = { _ in }
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
        self.overRateCount = max(0, self.overRateCount + (isOverRate ? 1 : -1))
        if self.overRateCount > self.maximumOverRate { return self.ended(.tooManyCommands) }
        do throws(CommandFailure) {
            let command = try CommandReader.read(message)
            if isOverRate { return self.reply(command.id, .failure(Self.overRate)) }
            self.perform(self.machine.received(command))
        } catch {
            self.reply(error.id, .failure(isOverRate ? Self.overRate : error.error))
        }
    }

    private var maximumOverRate: Int {
        max(100, 10 * self.stream.loop.server.configuration.limits.commandRate)
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
        case .subscribe(let topics): self.subscribe(topics)
        case .publish(let draft, let key):
            let publishing = Publishing(principal: self.principal, address: self.stream.address, key: key)
            self.complete(
                publishing.publish([draft], server, on: eventLoop).map { ids in CommandReply.published(ids[0]) })
        case .history(let topics, let limit):
            let names = topics.map(\.topic)
            let allowed = server.authority.require(self.principal, .history, names, on: eventLoop)
            self.complete(
                allowed.flatMap(on: eventLoop) { _ in
                    .later(HistoryReading.read(topics, limit: limit, from: server.hub, on: eventLoop))
                }.map(\.body))
        case .presence(let topic, let limit):
            let allowed = server.authority.require(self.principal, .presence, [topic], on: eventLoop)
            self.complete(allowed.map { _ in PresenceAnswer(topic, limit: limit, in: server.hub.presence).object })
        case .authenticate(let token): self.authenticate(token)
        }
    }

    private func subscribe(_ topics: [(topic: Topic, start: StartPoint)]) {
        let access = self.authority.subscribe(self.principal, to: topics, on: self.eventLoop)
        access.whenComplete(on: self.eventLoop) { result in
            if case .success(let access) = result, !self.stream.hasEnded {
                self.machine.admitted(access.topics)
                self.stream.limit(to: access.until)
            }
            self.finish(result.map { _ in ByteBuffer() })
        }
    }

    /// The new credentials must be good for what the connection has; else nothing changes.
    private func authenticate(_ token: String) {
        let (authority, eventLoop) = (self.authority, self.eventLoop)
        let credentials = Credentials(token: token, address: self.stream.address)
        let topics = self.machine.topics.sorted().map { (topic: $0, start: StartPoint.now) }
        let access = authority.principal(showing: credentials, on: eventLoop).flatMap(on: eventLoop) {
            principal -> Eventually<SubscribeAccess> in
            guard authority.counts(principal) else { return .failed(RequestError.tokenUnknown) }
            return authority.subscribe(principal, to: topics, on: eventLoop)
        }
        access.whenComplete(on: eventLoop) { result in
            if case .success(let access) = result, !self.stream.hasEnded {
                self.principal = access.principal
                self.stream.identify(access)
            }
            self.finish(result.map { _ in ByteBuffer(string: "{}") })
        }
    }

    private var authority: Authority { self.stream.loop.server.authority }
    private var eventLoop: any EventLoop { self.stream.loop.eventLoop }

    private func complete(_ answer: Eventually<ByteBuffer>) {
        answer.whenComplete(on: self.eventLoop) { self.finish($0) }
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

    func removed(_ topics: [Topic]) {
        self.perform(self.machine.removed(topics))
        self.send(NoticeObject.unsubscribed(topics))
    }
}
