import NIOCore
import NIOPosix

/// A subscriber by Server-Sent Events that learns the ids of publications. It belongs to the run's event loop.
final class Probe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: SubscribeRequest
    private var reader = AnswerReader(isEndless: true)
    private var scanner: StampScanner
    private var ids = ValueFinder(after: "id: ", until: 10)
    private var newestID = ""
    private var newest: Int64 = -1
    private var opened: EventLoopPromise<Void>?
    private var awaited: (number: UInt32, promise: EventLoopPromise<String>)?

    init(_ request: SubscribeRequest, size: Int) {
        self.request = request
        self.scanner = StampScanner(size: size)
    }

    func open(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        self.opened = promise
        let probe = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap.lean(loop, from: nil)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(probe.value) }
            }
            .connect(host: self.request.address.host, port: self.request.address.port)
            .whenFailure { probe.value.fail("the probe can't connect: \($0)") }
        return promise.futureResult
    }

    /// The id that stands before this publication's data.
    func id(of number: UInt32, on loop: any EventLoop, patience: Double) -> EventLoopFuture<String> {
        let promise = loop.makePromise(of: String.self)
        self.awaited = (number, promise)
        let probe = NIOLoopBound(self, eventLoop: loop)
        let timer = loop.scheduleTask(in: .nanoseconds(Int64(patience * 1e9))) {
            probe.value.fail("publication \(number) did not come by Server-Sent Events")
        }
        self.look()
        return promise.futureResult.always { _ in timer.cancel() }
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: self.request.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            self.reader.read(bytes) { self.handle($0, bytes) }
        }
        self.look()
    }

    func channelInactive(context: ChannelHandlerContext) { self.fail("the server closed the probe's connection") }

    private func handle(_ event: AnswerReader.Event, _ bytes: UnsafeRawBufferPointer) {
        switch event {
        case .status(200):
            self.opened?.succeed()
            self.opened = nil
        case .status(let status): self.fail("the probe was refused with status \(status)")
        case .body(let range): self.take(UnsafeRawBufferPointer(rebasing: bytes[range]))
        case .end: break
        case .failure(let message): self.fail(message)
        }
    }

    /// Byte by byte, so that an id is that of the data which follows it.
    private func take(_ bytes: UnsafeRawBufferPointer) {
        for index in bytes.indices {
            let byte = UnsafeRawBufferPointer(rebasing: bytes[index...index])
            if let id = self.ids.find(byte) { self.newestID = id }
            self.scanner.scan(byte) { if let stamp = $0 { self.newest = max(self.newest, Int64(stamp.number)) } }
            self.look()
        }
    }

    private func look() {
        guard let awaited, self.newest >= Int64(awaited.number), !self.newestID.isEmpty else { return }
        self.awaited = nil
        awaited.promise.succeed(self.newestID)
    }

    private func fail(_ message: String) {
        self.opened?.fail(BenchError(message))
        self.opened = nil
        self.awaited?.promise.fail(BenchError(message))
        self.awaited = nil
    }
}
