import HalleyWire
import NIOCore

/// The client's end of a WebSocket (RFC 6455): puts messages together, answers pings, closes in order. What it sends are
/// control frames only.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ServerPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let normalClosure: UInt16 = 1000

    private var reader: WebSocketReader
    private var hasBegun = false
    private var hasClosed = false

    init(maximumMessage: Int) {
        self.reader = WebSocketReader(role: .client, limits: .init(message: maximumMessage), deflate: nil)
    }

    /// HTTP has left the pipeline: frames may be sent.
    func begin() { self.hasBegun = true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.reader.append(self.unwrapInboundIn(data))
        while !self.hasClosed, let action = self.reader.next() { self.perform(action, context) }
    }

    private func perform(_ action: WebSocketReader.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none, .pong: break
        case .message(_, let data): context.fireChannelRead(self.wrapInboundOut(.data(data)))
        case .ping(let payload):
            // RFC 6455 §5.5.3: not each ping needs its pong, and a server that takes none must not pile them up.
            if context.channel.isWritable { self.send(.pong, payload, context) }
        case .close(let code, let reason):
            self.sendClose(code, context)
            context.fireChannelRead(self.wrapInboundOut(.closed(code: code, reason: reason)))
            context.close(promise: nil)
        case .fail(let failure):
            self.sendClose(failure.code, context)
            context.fireErrorCaught(
                ClientError.unexpectedAnswer(
                    "The server breaks the rules of WebSocket (\(failure.code) \(failure.text))."))
        }
    }

    /// Whoever has heard enough says so.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.sendClose(Self.normalClosure, context)
        context.close(mode: mode, promise: promise)
    }

    private func sendClose(_ code: UInt16?, _ context: ChannelHandlerContext) {
        if !self.hasBegun || self.hasClosed { return }
        self.hasClosed = true
        var payload = ByteBuffer()
        if let code { payload.writeInteger(code) }
        self.send(.close, payload, context)
    }

    private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        if !context.channel.isActive { return }
        var frame = ByteBuffer()
        frame.writeMaskedControlFrame(opcode, payload, key: .random(in: .min ... .max))
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }
}
