import HalleyHub
import Logging
import NIOCore

/// One connection that is pushed to: between its subscriber in the hub and the bytes of its dialect.
///
/// Belongs to its channel's loop. The channel handler in front of it is the transport's own.
final class PushStream: Connection {
    /// A connection that catches up has about a page waiting: as a new channel has it.
    private static let pageWindow = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)

    let loop: LoopContext
    let dialect: any PushDialect
    /// Given up when it has begun: a connection that waits should need little memory.
    private(set) var topics: [(topic: Topic, start: StartPoint)]?
    private(set) var presentation: Presentation?
    let address: ClientAddress
    private let uri: String
    private(set) var context: ChannelHandlerContext?
    private var subscriber: Subscriber?
    private var place: PresencePlace?
    /// Hears what the connection is told, after it.
    weak var listener: (any PushStreamListener)?
    /// When its client may have it no longer.
    private var expires = NIODeadline.distantFuture
    /// Since when something has waited and nothing was taken.
    private var stalledSince: NIODeadline?
    private var isBeginning = true
    private var socket: DirectSocket?
    /// Writes that the channel has not done yet.
    private var queued = 0
    private var endReason: CloseReason?
    private var isLogged = false
    private let begun = NIODeadline.now()

    init(loop: LoopContext, opening: PushOpening, address: ClientAddress, uri: String) {
        self.loop = loop
        self.topics = opening.topics
        self.presentation = opening.presentation
        self.dialect = opening.dialect
        self.address = address
        self.uri = uri
    }

    private var configuration: ServerConfiguration { self.loop.server.configuration }
    var hasEnded: Bool { self.endReason != nil }

    /// Counts one command of the client.
    var isOverCommandRate: Bool { self.loop.server.commandRate.take(1, for: self.address) != nil }

    // MARK: - Life

    /// To be called by the handler when it is in place.
    func begin(_ context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        if self.configuration.limits.send < Self.pageWindow.high { self.setWindow(isLive: false) }
        if self.loop.server.isDraining { return self.finish(.draining, retry: self.loop.server.spreadRetry()) }
        defer { (self.topics, self.presentation) = (nil, nil) }
        guard let topics = self.topics else {
            return self.finish(.overloaded, retry: self.loop.server.spreadRetry())
        }
        self.loop.shard.drain()
        self.subscriber = self.loop.shard.attach(
            SubscribeRequest(topics: topics, format: self.dialect.format), outlet: self)
        if let presentation, !self.hasEnded {
            self.expires = presentation.access.until
            self.place = PresencePlace(self.loop.server.hub.presence, presentation.member())
            self.place?.enter(self.loop.shard.known(topics.map(\.topic)))
            if let client = presentation.clientID { self.loop.directory.add(self, of: client) }
        }
        // The head and what comes first leave together, and not before others can know of the client.
        self.isBeginning = false
        self.socket = DirectSocket(context.channel)
        self.queue(ByteBuffer(), context)
        self.loop.timers.schedule(self, after: self.untilNextTurn)
    }

    /// To be called by the handler when the channel has gone.
    func ended(_ reason: CloseReason) {
        self.forget()
        if self.isLogged { return }
        self.isLogged = true
        self.loop.server.logger.info(
            "connection ended",
            metadata: [
                "reason": "\(self.endReason ?? reason)", "transport": "\(self.dialect.name)",
                "address": "\(self.address)",
                "uri": "\(Redaction.redact(self.uri))",
                "ms": "\((NIODeadline.now() - self.begun).nanoseconds / 1_000_000)",
            ])
    }

    private func forget() {
        self.detach()
        self.loop.timers.cancel(self)
        self.loop.remove(self)
        self.context = nil
    }

    private func detach() {
        self.subscriber?.detach()
        self.subscriber = nil
        if let place { self.loop.directory.remove(self, of: place.member.client) }
        self.place?.leaveAll()
        self.place = nil
    }

    // MARK: - Topics

    /// Takes further topics; the listener hears of it when they count.
    func join(_ topics: [(topic: Topic, start: StartPoint)]) {
        self.place?.enter(topics.map(\.topic))
        self.loop.shard.drain()
        self.subscriber?.join(topics)
    }

    func leave(_ topics: [Topic]) {
        self.place?.leave(topics)
        self.subscriber?.leave(topics)
    }

    /// Whether the topic still brings what was published before it joined.
    func isBehind(_ topic: Topic) -> Bool { self.subscriber?.isLate(topic) ?? false }

    /// Who is behind it has changed.
    func identify(_ access: SubscribeAccess) {
        self.place?.identify(user: access.principal.user)
        self.setExpiry(access.until)
    }

    /// What was added holds until then.
    func limit(to deadline: NIODeadline) { self.setExpiry(min(self.expires, deadline)) }

    /// Takes topics from the client.
    func remove(_ topics: [Topic]) {
        if self.hasEnded { return }
        let known = self.currentTopics.filter(topics.contains)
        self.leave(known)
        if let listener { return listener.removed(known) }
        if self.currentTopics.isEmpty { self.finish(.notAllowed) }
    }

    func setExpiry(_ deadline: NIODeadline) {
        if self.hasEnded || deadline == self.expires { return }
        self.expires = deadline
        self.loop.timers.schedule(self, after: self.untilNextTurn)
    }

    /// As whom others see it.
    var member: Member? { self.place?.member }
    private var currentTopics: [Topic] { self.subscriber?.topics ?? [] }

    // MARK: - Ending

    /// Says why, and closes when that has been written.
    func finish(_ reason: CloseReason, retry: Int? = nil) {
        var buffer = ByteBuffer()
        self.dialect.writeEnd(reason, retry: retry, into: &buffer)
        self.finish(reason, with: buffer, awaitsPeer: self.dialect.peerAnswersEnd)
    }

    /// - Parameters:
    ///   - buffer: the last that is written.
    ///   - awaitsPeer: the peer has a last word too, after which the handler closes.
    func finish(_ reason: CloseReason, with buffer: ByteBuffer, awaitsPeer: Bool) {
        guard let context = self.context, self.endReason == nil else { return }
        self.endReason = reason
        self.detach()
        let channel = context.channel
        // A peer that takes nothing, or says nothing, must not hold the connection for ever.
        let deadline = self.loop.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
        context.writeAndFlush(NIOAny(buffer)).whenComplete { result in
            switch result {
            case .success where awaitsPeer: break
            // Closed whole, with unread bytes about, it would be reset, and the last word lost on the way.
            case .success: channel.close(mode: .output, promise: nil)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    // MARK: - Writing

    func write(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 0, let context = self.context else { return }
        if self.isBeginning { return context.write(NIOAny(buffer), promise: nil) }
        if self.queued == 0, let socket = self.socket {
            let sent = socket.send(buffer)
            if sent == buffer.readableBytes { return }
            return self.queue(
                buffer.getSlice(at: buffer.readerIndex + sent, length: buffer.readableBytes - sent), context)
        }
        self.queue(buffer, context)
    }

    /// What the socket does not take at once waits in the channel, and everything after it.
    private func queue(_ buffer: ByteBuffer?, _ context: ChannelHandlerContext) {
        guard let buffer else { return }
        self.queued += 1
        context.writeAndFlush(NIOAny(buffer)).assumeIsolated().whenComplete { _ in self.queued -= 1 }
    }

    func writabilityChanged() {
        if self.isWritable {
            self.stalledSince = nil
            self.subscriber?.outletBecameWritable()
            self.listener?.becameWritable()
        }
    }

    private func setWindow(isLive: Bool) {
        let limit = self.configuration.limits.send
        let window =
            isLive
            ? ChannelOptions.Types.WriteBufferWaterMark(low: max(1, limit / 2), high: max(1, limit))
            : ChannelOptions.Types.WriteBufferWaterMark(
                low: max(1, min(Self.pageWindow.low, limit / 2)), high: max(1, min(Self.pageWindow.high, limit)))
        try? self.context?.channel.syncOptions?.setOption(.writeBufferWaterMark, value: window)
    }

    // MARK: - The timer

    override func timerFired() -> TimeAmount? {
        guard !self.hasEnded, self.context != nil else { return nil }
        if self.isStalled {
            self.finish(.stalled)
            return nil
        }
        if self.expires <= .now() {
            self.finish(.credentialExpired, retry: self.configuration.retry)
            return nil
        }
        // A client that does not read has no use for more.
        if self.isWritable, let cursor = self.subscriber?.cursor {
            var buffer = ByteBuffer()
            self.dialect.writeHeartbeat(cursor, into: &buffer)
            self.write(buffer)
        }
        return self.untilNextTurn
    }

    private var untilNextTurn: TimeAmount {
        let heartbeat = self.configuration.heartbeat
        return self.expires == .distantFuture ? heartbeat : max(.zero, min(heartbeat, self.expires - .now()))
    }

    private var isStalled: Bool {
        if self.isWritable {
            self.stalledSince = nil
            return false
        }
        let since = self.stalledSince ?? .now()
        self.stalledSince = since
        return .now() - since > self.configuration.limits.stall
    }

    // MARK: - Draining

    override func drain() { self.finish(.draining, retry: self.loop.server.spreadRetry()) }
    override func abort() {
        self.endReason = self.endReason ?? .draining
        self.context?.close(promise: nil)
    }
}

extension PushStream: SubscriberOutlet {
    /// Where nothing waits in the channel there is no need to ask it.
    var isWritable: Bool {
        self.queued == 0 ? self.context != nil : self.context?.channel.isWritable ?? false
    }

    func deliver(_ batch: DeliveryBatch) { self.write(batch.frames) }

    func notify(_ notice: Notice) {
        var buffer = ByteBuffer()
        self.dialect.write(notice, into: &buffer)
        self.write(buffer)
        self.listener?.told(notice)
    }

    func end(_ reason: CloseReason) { self.finish(reason, retry: self.configuration.retry) }

    func paceChanged(isLive: Bool) { self.setWindow(isLive: isLive) }
}

/// Who else has an interest in what happens to a ``PushStream``. On its loop.
protocol PushStreamListener: AnyObject {
    func told(_ notice: Notice)
    func becameWritable()
    /// Topics were taken from the client.
    func removed(_ topics: [Topic])
}
