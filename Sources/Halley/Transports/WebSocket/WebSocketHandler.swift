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
    private var message = 0
    private let maximumMessage: Int

    init(_ stream: PushStream) {
        guard let dialect = stream.dialect as? WebSocketDialect else {
            preconditionFailure("a WebSocket needs its own dialect")
        }
        self.stream = stream
        self.dialect = dialect
        self.pinger = WebSocketPinger(stream)
        self.maximumMessage = stream.loop.server.configuration.limits.message
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.stream.begin(context)
        if !self.stream.hasEnded { self.pinger.begin() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        if self.stream.hasEnded { return }
        self.pinger.heard()
        // RFC 6455 §5.1: a server closes at a frame that is not masked.
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return self.fail(.protocolError, 1002) }
        switch frame.opcode {
        case .text, .binary, .continuation: self.receive(frame)
        case .ping: self.answer(frame)
        case .pong: break
        case .connectionClose: self.close(frame)
        default: self.fail(.protocolError, 1002)
        }
    }

    private func receive(_ frame: WebSocketFrame) {
        self.message = frame.opcode == .continuation ? self.message + frame.length : frame.length
        if self.message > self.maximumMessage { self.fail(.messageTooBig, 1009) }
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
        let isValid = code.map(Self.isValid) ?? (frame.length == 0)
        let text = isValid && UTF8Validator.isValid(data.readableBytesView)
        self.end(isValid ? .clientClosed : .protocolError, code: text ? code : 1002, "")
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
        self.stream.finish(reason, with: buffer)
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
    private var awaitsPong = false

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
        self.awaitsPong = false
    }

    func timerFired() -> TimeAmount? {
        if self.stream.hasEnded { return nil }
        if self.awaitsPong {
            self.stream.finish(.peerSilent)
            return nil
        }
        let quiet = NIODeadline.now() - self.lastHeard
        if quiet < self.interval { return self.interval - quiet }
        self.awaitsPong = true
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(.ping, ByteBuffer())
        self.stream.write(buffer)
        return self.patience
    }
}
