import HalleyHub
import HalleyWire
import NIOCore
import NIOWebSocket

/// The channel handler of a WebSocket: answers pings, sees dead peers, closes in order. What a client says is ignored so
/// far.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let stream: PushStream
    private let dialect: WebSocketDialect
    private let pinger: WebSocketPinger
    private var endReason = CloseReason.connectionLost
    private var messages: WebSocketMessageStateMachine

    init(_ stream: PushStream) {
        guard let dialect = stream.dialect as? WebSocketDialect else {
            preconditionFailure("a WebSocket needs its own dialect")
        }
        self.stream = stream
        self.dialect = dialect
        self.pinger = WebSocketPinger(stream)
        self.messages = WebSocketMessageStateMachine(
            maximumLength: stream.loop.server.configuration.limits.message)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.stream.begin(context)
        if !self.stream.hasEnded { self.pinger.begin() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        if self.stream.hasEnded {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        self.pinger.heard()
        // RFC 6455 §5.1: a server closes at a frame that is not masked.
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return self.fail(.protocolError, 1002) }
        switch frame.opcode {
        case .text: self.receive(frame, .text)
        case .binary: self.receive(frame, .binary)
        case .continuation: self.receive(frame, nil)
        case .ping: self.answer(frame)
        case .pong: break
        case .connectionClose: self.close(frame)
        default: self.fail(.protocolError, 1002)
        }
    }

    private func receive(_ frame: WebSocketFrame, _ kind: WebSocketMessageStateMachine.Kind?) {
        switch self.messages.frame(kind, isFinal: frame.fin, frame.unmaskedData) {
        case .none: break
        case .message:
            if self.stream.isOverCommandRate { self.fail(.tooManyCommands, CloseReason.tooManyCommands.webSocketCode) }
        case .fail(.tooBig): self.fail(.messageTooBig, 1009)
        case .fail(let failure): self.fail(.protocolError, failure.rawValue)
        }
    }

    private func answer(_ ping: WebSocketFrame) {
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(.pong, ping.unmaskedData)
        self.stream.write(buffer)
    }

    /// Echoes the code (RFC 6455 §5.5.1).
    private func close(_ frame: WebSocketFrame) {
        var data = frame.unmaskedData
        let code = data.readInteger(as: UInt16.self)
        guard code.map(Self.isValid) ?? (frame.length == 0) else { return self.fail(.protocolError, 1002) }
        guard UTF8Validator.isValid(data.readableBytesView) else { return self.fail(.protocolError, 1007) }
        self.end(.clientClosed, code: code, "")
    }

    private static func isValid(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    private func fail(_ reason: CloseReason, _ code: UInt16) { self.end(reason, code: code, reason.text) }

    private func end(_ reason: CloseReason, code: UInt16?, _ text: String) {
        self.pinger.end()
        var buffer = ByteBuffer()
        self.dialect.writeClose(code, text, into: &buffer)
        // A peer that has closed has said its last word; of one that broke the protocol none is expected.
        self.stream.finish(reason, with: buffer, awaitsPeer: false)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.stream.writabilityChanged() }

    func channelInactive(context: ChannelHandlerContext) {
        self.pinger.end()
        self.stream.ended(self.endReason)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: self.fail(.messageTooBig, 1009)
        case .fragmentedControlFrame, .multiByteControlFrameLength: self.fail(.protocolError, 1002)
        default: context.close(promise: nil)
        }
    }
}

/// Pings, and ends the connection of a peer that says nothing any more.
final class WebSocketPinger: TimerClient {
    private unowned let stream: PushStream
    private let interval: TimeAmount
    private let patience: TimeAmount
    private var timer: TimerEntry?
    private var lastHeard = NIODeadline.now()
    /// When the ping was sent that nothing has come after.
    private var pinged: NIODeadline?

    init(_ stream: PushStream) {
        self.stream = stream
        self.interval = stream.loop.server.configuration.pingInterval
        self.patience = stream.loop.server.configuration.pongTimeout
    }

    func begin() {
        let timer = TimerEntry(self)
        self.timer = timer
        self.stream.loop.timers.schedule(timer, after: self.interval)
    }

    func end() {
        if let timer { self.stream.loop.timers.cancel(timer) }
        self.timer = nil
    }

    func heard() {
        self.lastHeard = .now()
        self.pinged = nil
    }

    func timerFired() -> TimeAmount? {
        if self.stream.hasEnded { return nil }
        let now = NIODeadline.now()
        if let pinged, now - pinged >= self.patience {
            self.stream.finish(.peerSilent)
            return nil
        }
        if let pinged { return min(self.interval, self.patience - (now - pinged)) }
        if now - self.lastHeard < self.interval { return self.interval - (now - self.lastHeard) }
        self.pinged = now
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(.ping, ByteBuffer())
        self.stream.write(buffer)
        return min(self.interval, self.patience)
    }
}
