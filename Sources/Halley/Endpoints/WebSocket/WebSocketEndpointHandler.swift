import HalleyHub
import HalleyWire
import Logging
import NIOCore

/// The channel handler of an endpoint's WebSocket. Belongs to its channel's loop.
final class WebSocketEndpointHandler: Connection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: LoopContext
    private let opening: WebSocketOpening
    private let mailbox: WebSocketMailbox
    private var reader: WebSocketReader
    private var composer: WebSocketComposer
    private var closing = WebSocketClosingStateMachine()
    private var liveness: WebSocketLiveness
    private var context: ChannelHandlerContext?
    private var task: Task<Void, Never>?
    private var deadline: Scheduled<Void>?
    /// The endpoint has as much as it may have: the socket is not read.
    private var isPaused = false
    private var isReadPending = false
    private var isInputClosed = false
    /// Bytes given to the channel, and how many of them it had sent when it was last looked at.
    private var writtenBytes = 0
    private var stall: (sent: Int, since: NIODeadline)?
    private var endReason: CloseReason?
    private let begun: NIODeadline

    init(_ opening: WebSocketOpening, loop: LoopContext) {
        let settings = opening.endpoint.settings
        self.loop = loop
        self.begun = loop.eventLoop.now
        self.opening = opening
        self.mailbox = WebSocketMailbox(
            settings, queued: loop.server.queuedBytes, eventLoop: loop.eventLoop)
        self.reader = WebSocketReader(
            limits: .init(message: settings.maximumMessage, fragments: settings.maximumFragments),
            deflate: opening.deflate)
        self.composer = WebSocketComposer(opening.deflate, threshold: settings.compression?.threshold ?? 0)
        self.liveness = WebSocketLiveness(now: self.begun)
    }

    private var now: NIODeadline { self.loop.eventLoop.now }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.mailbox.attach(self)
        self.setBuffers(context.channel)
        self.loop.timers.schedule(self, after: self.loop.server.configuration.pingInterval)
        context.flush()
        if self.loop.server.isDraining { self.drain() }
        self.task = self.opening.serve(self.mailbox)
    }

    /// Messages here may be big, and go both ways.
    private func setBuffers(_ channel: any Channel) {
        let limit = max(1, self.opening.endpoint.settings.sendBuffer)
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, limit / 2), high: limit))
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 65536))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.forget()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.forget() }

    private func forget() {
        guard self.context != nil else { return }
        self.context = nil
        self.deadline?.cancel()
        self.loop.timers.cancel(self)
        self.loop.remove(self)
        let reason = self.endReason ?? .connectionLost
        let closed = self.mailbox.closed ?? .lost
        _ = self.mailbox.finish(.failed(closed))
        self.mailbox.detach(closed)
        // A server that stops waits for nobody.
        if reason == .draining { self.task?.cancel() }
        self.opening.logEnd(reason, closed, after: self.now - self.begun, self.loop.server.logger)
    }

    // MARK: - Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.liveness.heard(self.now)
        self.reader.append(self.unwrapInboundIn(data))
        self.takeArrived()
    }

    private func takeArrived() {
        while self.context != nil {
            self.isPaused = self.mailbox.pausesIfFull()
            if self.isPaused { return }
            guard let action = self.reader.next() else { return }
            self.perform(action)
        }
    }

    private func perform(_ action: WebSocketReader.Action) {
        switch action {
        case .none, .pong: break
        case .message(.text, let bytes): self.mailbox.arrived(.text(String(buffer: bytes)))
        case .message(.binary, let bytes): self.mailbox.arrived(.binary(bytes))
        case .ping(let payload):
            // RFC 6455 §5.5.3: not each ping needs its pong, and a peer that takes none must not pile them up.
            if self.context?.channel.isWritable == true { self.writeControl(.pong, payload) }
        case .close(let code, let reason):
            self.endReason = self.endReason ?? .clientClosed
            self.end(self.closing.peerClosed(code, reason), .clean)
        case .fail(let failure):
            self.endReason = self.endReason ?? (failure.code == 1009 ? .messageTooBig : .protocolError)
            self.end(
                self.closing.failed(failure), .failed(WebSocketClosed(failure.code, failure.text, isByPeer: false)))
        }
    }

    /// The peer has said its last word.
    private func end(_ action: WebSocketClosingStateMachine.Action, _ end: WebSocketMessagesEnd) {
        self.perform(action)
        if self.mailbox.finish(end) { self.endpointIsThrough() }
    }

    /// The endpoint has taken enough of what it had.
    func resumeReading() {
        self.takeArrived()
        guard !self.isPaused, self.isReadPending, let context = self.context else { return }
        self.isReadPending = false
        // It could not be heard meanwhile.
        self.liveness.heard(self.now)
        context.read()
    }

    func read(context: ChannelHandlerContext) {
        if self.isPaused { self.isReadPending = true } else { context.read() }
    }

    // MARK: - Closing

    private func perform(_ action: WebSocketClosingStateMachine.Action) {
        switch action {
        case .none: break
        case .awaitEndpoint: self.expire { $0.endpointIsThrough() }
        case .close(let frame, let isByPeer): self.mailbox.close(frame, isByPeer: isByPeer)
        case .awaitPeer:
            // What the endpoint does not take any more must not keep the peer's close frame away.
            if self.mailbox.finish(.clean) { self.endpointIsThrough() }
            self.resumeReading()
            self.expire { $0.context?.close(promise: nil) }
        case .shutOutput:
            self.expire { $0.context?.close(promise: nil) }
            // Closed whole, with unread bytes about, it would be reset, and the last word lost on the way.
            self.context?.close(mode: self.isInputClosed ? .all : .output, promise: nil)
        case .closeChannel: self.context?.close(promise: nil)
        }
    }

    private func expire(_ action: @escaping (WebSocketEndpointHandler) -> Void) {
        self.deadline?.cancel()
        self.deadline = self.loop.eventLoop.assumeIsolated().scheduleTask(
            in: self.opening.endpoint.settings.closeTimeout
        ) {
            action(self)
        }
    }

    /// It has seen the end of the messages.
    func endpointIsThrough() { self.perform(self.closing.endpointIsThrough()) }

    func endpointReturned(_ error: (any Error)?) {
        self.endpointIsThrough()
        if let error, self.mailbox.closed == nil {
            self.endReason = .internalError
            self.opening.logFailure(error, self.loop.server.logger)
            self.mailbox.close(WebSocketCloseFrame(1011, CloseReason.internalError.text))
        } else {
            self.mailbox.close(WebSocketCloseFrame(1000))
        }
    }

    // MARK: - Sending

    /// All that waits goes out with one flush.
    func writeWaiting() {
        guard let context = self.context else { return }
        var buffer = ByteBuffer()
        var weight = 0
        var closes = false
        for item in self.mailbox.takeOutgoing() where self.closing.mayWrite {
            weight += item.weight
            switch item {
            case .message(let message): self.composer.write(message, into: &buffer)
            case .close(let frame):
                buffer.writeWebSocketFrame(.close, frame.payload)
                closes = true
            }
        }
        self.writtenBytes += buffer.readableBytes
        context.writeAndFlush(self.wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            if self.mailbox.written(weight) { self.writeWaiting() }
        }
        if closes { self.wroteClose() }
    }

    private func wroteClose() {
        self.endReason = self.endReason ?? .responseComplete
        self.perform(self.closing.wroteClose())
    }

    private func writeControl(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        guard let context = self.context, self.closing.mayWrite else { return }
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(opcode, payload)
        self.writtenBytes += buffer.readableBytes
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: - The channel

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            self.isInputClosed = true
            // A peer that has closed in order still gets its answer.
            if self.endReason == nil || !self.closing.mayWrite { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - The timer

    override func timerFired() -> TimeAmount? {
        guard let context = self.context, self.closing.mayWrite else { return nil }
        if self.isStalled(context.channel) { return self.cut(.stalled) }
        // Its pongs may be among what is not read.
        if self.isPaused { self.liveness.heard(self.now) }
        let configuration = self.loop.server.configuration
        switch self.liveness.step(
            self.now, interval: configuration.pingInterval, patience: configuration.pongTimeout)
        {
        case .wait(let time): return time
        case .ping(let time):
            self.writeControl(.ping, ByteBuffer())
            return time
        case .silent: return self.cut(.peerSilent)
        }
    }

    /// Nothing has gone out for long, though something waits.
    private func isStalled(_ channel: any Channel) -> Bool {
        let waiting = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let sent = self.writtenBytes - waiting
        guard waiting > 0, let stall = self.stall, stall.sent == sent else {
            self.stall = waiting > 0 ? (sent, self.now) : nil
            return false
        }
        return self.now - stall.since >= self.loop.server.configuration.limits.stall
    }

    /// A peer that takes or says nothing need not be told.
    private func cut(_ reason: CloseReason) -> TimeAmount? {
        self.endReason = reason
        self.context?.close(promise: nil)
        return nil
    }

    // MARK: - Draining

    override func drain() {
        self.endReason = self.endReason ?? .draining
        self.mailbox.close(WebSocketCloseFrame(CloseReason.draining.webSocketCode, CloseReason.draining.text))
    }

    override func abort() {
        self.endReason = .draining
        self.context?.close(promise: nil)
    }
}
