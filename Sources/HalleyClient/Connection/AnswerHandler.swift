import NIOCore
import NIOHTTP1

/// Sends a request and reads the answer: the body of a push, the way into a WebSocket, or the words of a refusal.
final class AnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = ServerPart
    typealias OutboundOut = HTTPClientRequestPart

    /// Bytes of a refusal that are read.
    private static let refusalLimit = 64 << 10

    private enum State {
        case waiting
        case taken
        case refused(HTTPResponseHead, ByteBuffer)
        case ended
    }

    private let request: HTTPRequestHead
    private let expected: ExpectedAnswer
    /// What a WebSocket has no use for: the encoder, and then the decoder.
    private let codec: [any RemovableChannelHandler]
    private let splitter: HeadSplitter
    private let maximumMessage: Int
    private var state = State.waiting

    init(
        _ request: HTTPRequestHead, _ expected: ExpectedAnswer, codec: [any RemovableChannelHandler],
        _ splitter: HeadSplitter, maximumMessage: Int
    ) {
        self.request = request
        self.expected = expected
        self.codec = codec
        self.splitter = splitter
        self.maximumMessage = maximumMessage
    }

    /// The channel is connected already.
    func handlerAdded(context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(self.request)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .waiting): self.take(head, context)
        case (.body(let bytes), .taken): context.fireChannelRead(self.wrapInboundOut(.data(bytes)))
        case (.body(let bytes), .refused(let head, var body)):
            body.writeImmutableBuffer(bytes)
            self.state = .refused(head, body)
            if body.readableBytes > Self.refusalLimit { self.refuse(head, body, context) }
        case (.end, .taken): self.complete(context)
        case (.end, .refused(let head, let body)): self.refuse(head, body, context)
        case (.head, _), (.body, .waiting), (.body, .ended), (.end, .waiting), (.end, .ended): break
        }
    }

    private func take(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        switch self.expected.judge(head) {
        case .taken:
            self.state = .taken
            // From now on the server is read as fast as its words are taken.
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            if self.isWebSocket { self.splitter.hold() } else { self.splitter.pass() }
            context.fireChannelRead(self.wrapInboundOut(.opened))
        case .refused:
            self.state = .refused(head, ByteBuffer())
            self.splitter.pass()
        case .broken(let error): self.fail(error, context)
        }
    }

    /// The end of an answer: of a push its last word; of a WebSocket's handshake its beginning.
    private func complete(_ context: ChannelHandlerContext) {
        self.state = .ended
        guard self.isWebSocket else { return context.close(promise: nil) }
        let pipeline = context.pipeline.syncOperations
        let handler = WebSocketHandler(maximumMessage: self.maximumMessage)
        do {
            try pipeline.addHandler(handler, position: .after(self))
        } catch {
            return context.fireErrorCaught(error)
        }
        pipeline.removeHandler(self, promise: nil)
        // The decoder comes last. It goes later, and must see no write until then.
        let removals = self.codec.map { pipeline.removeHandler($0) }
        removals.last?.assumeIsolated().whenComplete { [splitter] _ in
            handler.begin()
            splitter.release()
        }
    }

    private var isWebSocket: Bool { if case .webSocket = self.expected { true } else { false } }

    private func refuse(_ head: HTTPResponseHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        self.fail(ClientError(refusal: head, body: body), context)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        self.state = .ended
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch self.state {
        case .waiting: self.fail(ConnectionFailure(description: "it closed the connection unasked"), context)
        case .refused(let head, let body): self.refuse(head, body, context)
        case .taken, .ended: break
        }
        context.fireChannelInactive()
    }
}
