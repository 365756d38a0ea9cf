import NIOCore

/// Keeps away from the decoder what comes behind the head of an answer, until it is known whether that is HTTP. Of a WebSocket
/// it is frames: the decoder would lose them where the connection ends at the same time.
final class HeadSplitter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        /// Bytes go on as far as a head goes.
        case head
        /// Nothing goes on, not even the end.
        case held
        case open
    }

    /// Bytes of a head; the decoder refuses longer ones.
    private static let limit = 128 << 10

    private var state = State.head
    private var bytes = ByteBuffer()
    private var hasEnded = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// What follows the head is HTTP.
    func pass() { self.state = .open }

    /// What follows the head is not HTTP; it waits until the decoder is gone.
    func hold() { self.state = .held }

    /// The decoder is gone.
    func release() {
        self.state = .open
        guard let context else { return }
        self.forward(context)
        context.fireChannelReadComplete()
        if self.hasEnded { context.fireChannelInactive() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes.writeImmutableBuffer(self.unwrapInboundIn(data))
        self.forward(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.hasEnded = true
        if case .held = self.state { return }
        self.state = .open
        self.forward(context)
        context.fireChannelInactive()
    }

    private func forward(_ context: ChannelHandlerContext) {
        // Whoever reads a head says what follows it; behind an informational one another head follows.
        while case .head = self.state, let head = self.head() { context.fireChannelRead(self.wrapInboundOut(head)) }
        if case .head = self.state, self.bytes.readableBytes > Self.limit { self.state = .open }
        guard case .open = self.state, self.bytes.readableBytes > 0 else { return }
        let rest = self.bytes
        self.bytes = ByteBuffer()
        context.fireChannelRead(self.wrapInboundOut(rest))
    }

    /// The next head, if all of it is here.
    private func head() -> ByteBuffer? {
        let end = Array("\r\n\r\n".utf8)
        guard let range = self.bytes.readableBytesView.firstRange(of: end) else { return nil }
        return self.bytes.readSlice(length: range.upperBound - self.bytes.readerIndex)
    }
}
