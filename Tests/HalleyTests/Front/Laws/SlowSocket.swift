import NIOCore
import NIOEmbedded

/// Stands for a socket: it brings bytes only where they are to be read, and its peer reads when it likes. What is flushed
/// meanwhile waits, and the channel says so.
final class SlowSocket: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let high = 64 << 10
    static let low = 32 << 10

    private let channel: NIOAsyncTestingChannel
    private(set) var isPaused = false
    /// The connection wants to read.
    private(set) var isReadDue = false
    private var isFlushDue = false
    private var waiting = 0
    /// The most that ever waited.
    private(set) var mostWaiting = 0
    private var context: ChannelHandlerContext?

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    init(_ channel: NIOAsyncTestingChannel) { self.channel = channel }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // As a channel that reads by itself.
        context.channel.read()
    }

    func read(context: ChannelHandlerContext) { self.isReadDue = true }

    /// What the peer sends arrives, as one read.
    func receive(_ bytes: [UInt8]) {
        guard let context = self.context else { return }
        self.isReadDue = false
        context.fireChannelRead(self.wrapInboundOut(ByteBuffer(bytes: bytes)))
        context.fireChannelReadComplete()
        context.channel.read()
    }

    typealias InboundOut = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.waiting += self.unwrapOutboundIn(data).readableBytes
        self.mostWaiting = max(self.mostWaiting, self.waiting)
        context.write(data, promise: promise)
        self.updateWritability()
    }

    func flush(context: ChannelHandlerContext) {
        if self.isPaused {
            self.isFlushDue = true
        } else {
            self.waiting = 0
            context.flush()
            self.updateWritability()
        }
    }

    func pause() { self.isPaused = true }

    func resume() {
        self.isPaused = false
        guard self.isFlushDue, let context = self.context else { return }
        self.isFlushDue = false
        self.flush(context: context)
    }

    private func updateWritability() {
        let isWritable = self.channel.isWritable ? self.waiting < Self.high : self.waiting < Self.low
        if isWritable == self.channel.isWritable { return }
        self.channel.isWritable = isWritable
        self.context?.fireChannelWritabilityChanged()
    }
}
