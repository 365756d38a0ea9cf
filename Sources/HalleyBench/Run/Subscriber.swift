import NIOCore

/// One subscriber's connection: asks, then looks for payloads in whatever comes. It belongs to the run's event loop.
final class Subscriber: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let crowd: Crowd
    private let transport: BenchTransport
    private var first: ByteBuffer?
    private var context: ChannelHandlerContext?
    private var reader: AnswerReader
    private var walker = WebSocketWalker()
    private var scanner: StampScanner
    private var ledger: DeliveryLedger
    private var cursors = ValueFinder(after: "\"cursor\":\"", until: UInt8(ascii: "\""))
    private var cursor: String?
    private var reason = "the connection ended"
    private var isReady = false
    private var isSubscribed = false
    /// Deliveries since the crowd began to count.
    var received = 0

    /// - Parameter first: the request; nil: `ask` brings it.
    init(_ crowd: Crowd, first: ByteBuffer?) {
        self.crowd = crowd
        self.first = first
        self.transport = crowd.plan.request.transport
        self.reader = AnswerReader(isEndless: self.transport != .longpoll)
        self.scanner = StampScanner(size: crowd.plan.size)
        self.ledger = crowd.ledger
    }

    func ask(_ request: ByteBuffer) {
        self.context?.writeAndFlush(self.wrapOutboundOut(request), promise: nil)
        if self.transport == .longpoll { self.becomeSubscribed() }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        if let first {
            self.first = nil
            self.ask(first)
        } else {
            self.becomeReady()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { bytes in
            if self.isSubscribed && self.transport != .longpoll { return self.take(bytes) }
            self.reader.read(bytes) { self.handle($0, bytes) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        self.crowd.closed(self, wasReady: self.isReady, self.reason)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.reason = "\(error)"
        context.close(promise: nil)
    }

    private func handle(_ event: AnswerReader.Event, _ bytes: UnsafeRawBufferPointer) {
        switch event {
        case .status(let status): self.check(status)
        case .body(let range): self.takeBody(UnsafeRawBufferPointer(rebasing: bytes[range]))
        case .end: self.pollAgain()
        case .failure(let message): self.end(message)
        }
    }

    private func check(_ status: Int) {
        guard status == (self.transport == .ws ? 101 : 200) else { return self.end("status \(status)") }
        if let greeting = self.crowd.plan.greeting, self.transport == .ws {
            self.write(ClientFrame.text(Array(greeting.utf8)))
        }
        self.becomeSubscribed()
    }

    private func becomeSubscribed() {
        guard !self.isSubscribed else { return }
        self.isSubscribed = true
        self.becomeReady()
    }

    private func becomeReady() {
        guard !self.isReady else { return }
        self.isReady = true
        self.crowd.becameReady()
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) {
        // The cursor stands at an answer's beginning.
        if self.transport == .longpoll, self.cursor == nil { self.cursor = self.cursors.find(bytes) }
        self.take(bytes)
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        guard self.transport == .ws else { return self.scan(bytes) }
        self.walker.walk(bytes) { event in
            switch event {
            case .data(let piece): self.scan(piece)
            case .ping(let payload): self.write(ClientFrame.pong(payload))
            case .close(let code): self.reason = "closed with code \(code)"
            case .violation: self.end("the server sent a frame that is none")
            }
        }
    }

    private func scan(_ bytes: UnsafeRawBufferPointer) {
        self.scanner.scan(bytes) { stamp in
            guard let stamp else { return self.crowd.tally.enterDamaged() }
            let verdict = self.ledger.enter(stamp.number)
            if verdict != .doubled { self.received += 1 }
            self.crowd.tally.enter(stamp, verdict, at: NIODeadline.now().uptimeNanoseconds)
        }
    }

    private func pollAgain() {
        var request = self.crowd.plan.request
        request.cursor = self.cursor
        self.cursor = nil
        self.cursors.reset()
        self.write(request.bytes)
    }

    private func write(_ bytes: [UInt8]) {
        self.context?.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func end(_ reason: String) {
        self.reason = reason
        self.context?.close(promise: nil)
    }
}
