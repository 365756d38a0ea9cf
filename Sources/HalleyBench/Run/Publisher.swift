import NIOCore
import NIOPosix

/// The connection that publishes. It belongs to the run's event loop.
final class Publisher: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let request: PublishRequest
    /// Why no more can be published; called once.
    var whenFailed: ((BenchError) -> Void)?
    /// An answer came.
    var whenAnswered: (() -> Void)?
    private var context: ChannelHandlerContext?
    private var reader: AnswerReader
    private var walker = WebSocketWalker()
    private var opened: EventLoopPromise<Void>?

    init(_ request: PublishRequest) {
        self.request = request
        self.reader = AnswerReader(isEndless: request.address.isWebSocket)
    }

    func open(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        self.opened = promise
        let publisher = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap.lean(loop, from: nil)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(publisher.value)
                }
            }
            .connect(host: self.request.address.host, port: self.request.address.port)
            .whenFailure { publisher.value.fail("the publisher can't connect: \($0)") }
        return promise.futureResult
    }

    /// All of them in one write.
    func publish(_ payloads: [[UInt8]]) { self.write(self.request.bytes(payloads)) }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        if self.request.address.isWebSocket {
            self.write(SubscribeRequest(foreign: self.request.address).bytes)
        } else {
            self.succeed()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            self.reader.read(bytes) { self.handle($0, bytes) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        self.fail("the server closed the publisher's connection")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail("publishing failed: \(error)")
        context.close(promise: nil)
    }

    private func handle(_ event: AnswerReader.Event, _ bytes: UnsafeRawBufferPointer) {
        switch event {
        case .status(101): self.succeed()
        case .status(200..<300): break
        case .status(let status): self.fail("publishing was refused with status \(status)")
        case .body(let range): if self.request.address.isWebSocket { self.answerPings(bytes[range]) }
        case .end: self.whenAnswered?()
        case .failure(let message): self.fail(message)
        }
    }

    private func answerPings(_ bytes: Slice<UnsafeRawBufferPointer>) {
        self.walker.walk(UnsafeRawBufferPointer(rebasing: bytes)) { event in
            if case .ping(let payload) = event { self.write(ClientFrame.pong(payload)) }
        }
    }

    private func write(_ bytes: [UInt8]) {
        self.context?.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func succeed() {
        self.opened?.succeed()
        self.opened = nil
    }

    private func fail(_ message: String) {
        self.opened?.fail(BenchError(message))
        self.opened = nil
        self.whenFailed?(BenchError(message))
        self.whenFailed = nil
    }
}
