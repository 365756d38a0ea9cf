import HalleyHub
import HalleyWire
import NIOCore

/// The channel handler of a WebSocket: reads frames, answers pings, sees dead peers, closes in order. What a client says is
/// taken as commands where that was agreed on, else ignored.
final class WebSocketHandler: TimerClient, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let stream: PushStream
    private var liveness = WebSocketLiveness(now: .now())
    /// `nil` while nothing is to be read: most clients only listen.
    private var reader: Reader?
    private var session: CommandSession?
    private var context: ChannelHandlerContext?
    private var isReadPending = false

    /// - Parameter deflate: where compression was agreed on.
    init(_ stream: PushStream, _ deflate: WebSocketDeflate? = nil) {
        guard let dialect = stream.dialect as? WebSocketDialect else {
            preconditionFailure("a WebSocket needs its own dialect")
        }
        self.stream = stream
        self.reader = deflate.map { Reader(stream.loop.server.configuration.limits, $0) }
        guard dialect.isSession, let presentation = stream.presentation else { return }
        self.session = CommandSession(stream, presentation)
    }

    private final class Reader {
        var value: WebSocketReader

        init(_ limits: Limits, _ deflate: WebSocketDeflate?) {
            self.value = WebSocketReader(limits: .init(message: limits.message), deflate: deflate)
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.stream.listener = self.session
        self.session?.resumed = { [unowned self] in self.resume() }
        self.session?.ended = { [unowned self] reason in self.end(reason, code: reason.webSocketCode, reason.text) }
        self.stream.begin(context)
        if self.stream.hasEnded { return }
        self.stream.loop.timers.schedule(self, after: self.stream.loop.server.configuration.pingInterval)
    }

    // MARK: - Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.liveness.heard(.now())
        let reader = self.reader ?? Reader(self.stream.loop.server.configuration.limits, nil)
        self.reader = reader
        reader.value.append(self.unwrapInboundIn(data))
        self.pull(context)
    }

    private var isReady: Bool { self.session?.isReady ?? true || self.stream.hasEnded }

    private func pull(_ context: ChannelHandlerContext) {
        guard let reader = self.reader else { return }
        while self.isReady, let action = reader.value.next() { self.perform(action, context) }
        if reader.value.isAtRest { self.reader = nil }
    }

    func read(context: ChannelHandlerContext) {
        if self.isReady { context.read() } else { self.isReadPending = true }
    }

    private func resume() {
        guard let context = self.context else { return }
        self.pull(context)
        guard self.isReady, self.isReadPending else { return }
        self.isReadPending = false
        context.read()
    }

    private func perform(_ action: WebSocketReader.Action, _ context: ChannelHandlerContext) {
        // After our close frame only the peer's counts.
        if self.stream.hasEnded {
            if case .close = action { context.close(promise: nil) }
            return
        }
        switch action {
        case .none, .pong: break
        case .message(.text, let message) where self.session != nil: self.session?.received(message)
        case .message where self.session != nil:
            self.end(.protocolError, code: 1003, "commands are text messages")
        case .message:
            if self.stream.isOverCommandRate {
                self.end(.tooManyCommands, code: CloseReason.tooManyCommands.webSocketCode, "too many messages")
            }
        case .ping(let payload):
            // RFC 6455 §5.5.3: not each ping needs its pong, and a peer that takes none must not pile them up.
            if self.stream.isWritable { self.stream.writeFrame(.pong, payload) }
        case .close(let code, _): self.end(.clientClosed, code: code, "")
        case .fail(let failure): self.fail(failure)
        }
    }

    // MARK: - Ending

    private func fail(_ failure: WebSocketFailure) {
        self.end(failure.code == 1009 ? .messageTooBig : .protocolError, code: failure.code, failure.text)
    }

    /// A peer that has closed has said its last word; of one that broke the protocol none is expected.
    private func end(_ reason: CloseReason, code: UInt16?, _ text: String) {
        self.endTimer()
        var buffer = ByteBuffer()
        WebSocketDialect.writeClose(code, text, into: &buffer)
        self.stream.finish(reason, with: buffer, awaitsPeer: false)
    }

    private func endTimer() { self.stream.loop.timers.cancel(self) }

    // MARK: - The channel

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.stream.writabilityChanged() }

    func channelInactive(context: ChannelHandlerContext) {
        self.endTimer()
        self.context = nil
        self.session = nil
        self.stream.ended(.connectionLost)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - The timer

    /// Pings, and ends the connection of a peer that says nothing any more.
    override func timerFired() -> TimeAmount? {
        if self.stream.hasEnded { return nil }
        let configuration = self.stream.loop.server.configuration
        switch self.liveness.step(.now(), interval: configuration.pingInterval, patience: configuration.pongTimeout) {
        case .wait(let time): return time
        case .ping(let time):
            self.stream.writeFrame(.ping, ByteBuffer())
            return time
        case .silent:
            self.stream.finish(.peerSilent)
            return nil
        }
    }
}

extension PushStream {
    func writeFrame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(opcode, payload)
        self.write(buffer)
    }
}
