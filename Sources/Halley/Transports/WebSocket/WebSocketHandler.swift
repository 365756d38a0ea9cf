import HalleyHub
import HalleyWire
import NIOCore

/// The channel handler of a WebSocket: reads frames, answers pings, sees dead peers, closes in order. What a client says is
/// ignored so far.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let stream: PushStream
    private let dialect: WebSocketDialect
    private let pinger: WebSocketPinger
    private var decoder: WebSocketFrameDecoder
    private var receiving: WebSocketReceivingStateMachine
    /// The beginning of a frame's header, or of a control frame.
    private var rest = ByteBuffer()

    init(_ stream: PushStream) {
        guard let dialect = stream.dialect as? WebSocketDialect else {
            preconditionFailure("a WebSocket needs its own dialect")
        }
        let maximum = stream.loop.server.configuration.limits.message
        self.stream = stream
        self.dialect = dialect
        self.pinger = WebSocketPinger(stream)
        self.decoder = WebSocketFrameDecoder(maximumFrame: maximum, allowsCompression: dialect.deflate != nil)
        self.receiving = WebSocketReceivingStateMachine(
            limits: .init(message: maximum),
            inflater: dialect.deflate.map {
                MessageInflater(windowBits: Int32($0.clientWindow), keepsContext: $0.clientKeepsContext)
            })
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.stream.begin(context)
        if !self.stream.hasEnded { self.pinger.begin() }
    }

    // MARK: - Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = self.unwrapInboundIn(data)
        if self.rest.readableBytes > 0 {
            self.rest.writeBuffer(&buffer)
            swap(&self.rest, &buffer)
        }
        self.pinger.heard()
        do throws(WebSocketFailure) {
            while let piece = try self.decoder.next(&buffer) { self.perform(self.receiving.piece(piece), context) }
        } catch {
            return self.fail(error)
        }
        self.rest = buffer.readableBytes > 0 ? buffer : ByteBuffer()
    }

    private func perform(_ action: WebSocketReceivingStateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none, .pong: break
        case .message:
            if self.stream.isOverCommandRate {
                self.end(.tooManyCommands, code: CloseReason.tooManyCommands.webSocketCode, "too many messages")
            }
        case .ping(let payload):
            // RFC 6455 §5.5.3: not each ping needs its pong, and a peer that takes none must not pile them up.
            // After our close frame nothing more may come from us.
            if self.stream.isWritable, !self.stream.hasEnded { self.stream.writeFrame(.pong, payload) }
        case .close(let code, _):
            // Both have said their last word, where we have closed before.
            if self.stream.hasEnded { return context.close(promise: nil) }
            self.end(.clientClosed, code: code, "")
        case .fail(let failure): self.fail(failure)
        }
    }

    // MARK: - Ending

    private func fail(_ failure: WebSocketFailure) {
        self.end(failure.code == 1009 ? .messageTooBig : .protocolError, code: failure.code, failure.text)
    }

    /// A peer that has closed has said its last word; of one that broke the protocol none is expected.
    private func end(_ reason: CloseReason, code: UInt16?, _ text: String) {
        self.pinger.end()
        var buffer = ByteBuffer()
        self.dialect.writeClose(code, text, into: &buffer)
        self.stream.finish(reason, with: buffer, awaitsPeer: false)
    }

    // MARK: - The channel

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.stream.writabilityChanged() }

    func channelInactive(context: ChannelHandlerContext) {
        self.pinger.end()
        self.stream.ended(.connectionLost)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
