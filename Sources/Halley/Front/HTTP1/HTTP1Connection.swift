import HalleyHub
import HalleyWire
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1 connection: takes requests one at a time, has them answered, and hands itself over where something else goes on.
///
/// What has come lies in ``input`` as bytes until it is wanted; what is said is gathered in a turn and leaves at its end. All
/// that happens goes through ``advance()``, a loop, whoever calls: no number of requests and no answer within a call makes it
/// deep. Belongs to its channel's loop.
final class HTTP1Connection: Connection, ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: LoopContext
    let address: ClientAddress
    let peer: SocketAddress?
    let gate: RequestGate
    var context: ChannelHandlerContext?
    var machine = HTTP1ConnectionStateMachine()
    var parser: HTTP1Parser
    var input = ByteBuffer()
    var output = AnswerOutput()
    /// What is at work on the present request.
    var current = CurrentRequest()
    var deadline: (phase: DeadlinePhase, at: NIODeadline)?
    var progress: ProgressMeter?
    /// When a deadline was looked at last, the kernel had not brought everything to the client yet.
    var wasWaiting = false
    /// When the timer wheel asks next.
    var askedAt = NIODeadline.distantFuture
    var endReason = CloseReason.connectionLost
    /// How many requests there were; so what comes too late for one is known.
    var requestCount = 0
    var isInputClosed = false
    private var isAdvancing = false
    private var isReceiving = false
    private var isReadPending = false
    private let begun: NIODeadline

    /// After so many steps, or so much time, the other connections of the loop get their turn.
    private static let stepsInTurn = 64
    private static let timeInTurn = TimeAmount.milliseconds(2)
    /// How long a connection that has had its turn waits at least for the next: a task that is due at once would come before
    /// the events of the others.
    private static let pause = TimeAmount.microseconds(100)

    private init(loop: LoopContext, address: ClientAddress, peer: SocketAddress?, gate: RequestGate) {
        let limits = loop.server.configuration.limits
        self.loop = loop
        self.address = address
        self.peer = peer
        self.gate = gate
        self.parser = HTTP1Parser(limits: .init(head: limits.head, target: limits.uri))
        self.begun = loop.eventLoop.now
    }

    /// Makes it a channel's own.
    static func add(
        to channel: any Channel, loop: LoopContext, address: ClientAddress, peer: SocketAddress?, gate: RequestGate
    ) throws {
        try channel.pipeline.syncOperations.addHandler(
            HTTP1Connection(loop: loop, address: address, peer: peer, gate: gate))
    }

    var limits: Limits { self.loop.server.configuration.limits }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.expect(.firstHead)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.forget() }

    func channelInactive(context: ChannelHandlerContext) {
        let isOurs = self.context != nil
        self.forget()
        if isOurs { self.logEnd() }
        context.fireChannelInactive()
    }

    func forget() {
        guard self.context != nil else { return }
        self.context = nil
        self.machine.closed()
        self.loop.timers.cancel(self)
        self.loop.remove(self)
        self.input = ByteBuffer()
        self.output = AnswerOutput()
        self.abandonRequest()
    }

    func abandonRequest() {
        let abandoned = self.current
        self.current = CurrentRequest()
        abandoned.abandon()
    }

    private func logEnd() {
        self.loop.server.logger.info(
            "connection ended",
            metadata: [
                "reason": "\(self.endReason)", "transport": "http", "address": "\(self.address)",
                "requests": "\(self.requestCount)",
                "ms": "\((self.loop.eventLoop.now - self.begun).nanoseconds / 1_000_000)",
            ])
    }

    // MARK: - What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.context == nil { return context.fireChannelRead(data) }
        if self.machine.demand == .nothing { return }
        self.isReceiving = true
        self.append(self.unwrapInboundIn(data))
        self.advance()
        self.isReceiving = false
    }

    private func append(_ bytes: ByteBuffer) {
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else if self.input.readableBytes + bytes.readableBytes <= self.room {
            self.input.discardReadBytes()
            self.input.writeImmutableBuffer(bytes)
        } else {
            // The channel reads on to the end of a peer that has closed its half, wanted or not. More than that is not kept.
            self.isInputClosed = true
        }
    }

    /// One head, one body, and a receive buffer.
    private var room: Int {
        self.limits.head + max(0, self.limits.body - self.current.collected.readableBytes) + 2 * ReceiveBuffer.largest
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.takeOverIfDecided() { return }
        context.fireChannelReadComplete()
    }

    /// What is not wanted is not read.
    func read(context: ChannelHandlerContext) {
        if self.wantsInput { context.read() } else { self.isReadPending = true }
    }

    private var wantsInput: Bool {
        switch self.machine.demand {
        case .head: self.output.isOpen(self.context) && !self.current.isSuspended
        case .body: self.current.isBodyAwaited && !self.current.isSuspended
        case .nothing: true
        case .wait: self.context == nil
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent, self.context != nil {
            self.isInputClosed = true
            // A client may still wait for its answers, but hardly for one that is held back, or for a stream.
            if self.current.held != nil || self.current.isDeciding { self.endWithPeer() }
            self.advance()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.advance()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.endReason = .connectionLost
        context.close(promise: nil)
    }

    // MARK: - Going on

    /// Does all that can be done now. Called from inside, it leaves that to the loop that is at work already.
    func advance() {
        if self.isAdvancing || self.context == nil { return }
        self.isAdvancing = true
        var steps = 0
        let begun = self.loop.eventLoop.now
        while self.context != nil, !self.current.isSuspended, self.step() {
            steps += 1
            if steps == Self.stepsInTurn || self.loop.eventLoop.now - begun > Self.timeInTurn { self.suspend() }
        }
        self.isAdvancing = false
        self.finishTurn()
    }

    private func step() -> Bool {
        if self.produce() { return true }
        switch self.machine.demand {
        case .head: return self.output.isOpen(self.context) && self.readHead()
        case .body: return self.current.isBodyAwaited && self.readBody()
        case .nothing, .wait: return false
        }
    }

    /// Leaves the rest to a later turn of the loop.
    private func suspend() {
        self.current.isSuspended = true
        self.loop.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.current.isSuspended = false
            self.advance()
        }
    }

    private func finishTurn() {
        guard self.context != nil else { return }
        self.flush()
        if self.machine.state == .closing { self.input = ByteBuffer() }
        // An empty rest must not hold on to the memory that it was read into.
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
        if !self.isReceiving, self.takeOverIfDecided() { return }
        self.updateDeadline()
        guard self.isReadPending, self.wantsInput, let context = self.context else { return }
        self.isReadPending = false
        context.read()
    }

    // MARK: - Handing over

    /// The pipeline is changed only when the channel is not in the middle of bringing bytes.
    private func takeOverIfDecided() -> Bool {
        guard self.machine.mayTakeOver, let context = self.context, let takeover = self.current.takeover else {
            return false
        }
        self.handOver(to: takeover, context)
        return true
    }

    private func handOver(to takeover: Takeover, _ context: ChannelHandlerContext) {
        self.gatherHead(of: takeover)
        context.write(self.wrapOutboundOut(self.output.takeGathered()), promise: nil)
        let pipeline = context.pipeline.syncOperations
        let (rest, isReadPending) = (self.input, self.isReadPending)
        self.machine.tookOver()
        self.loop.timers.cancel(self)
        self.loop.remove(self)
        do { try pipeline.addHandlers(takeover.handlers(self.loop), position: .after(self)) } catch {
            return context.close(promise: nil)
        }
        self.context = nil
        self.input = ByteBuffer()
        self.current = CurrentRequest()
        if rest.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(rest)) }
        context.fireChannelReadComplete()
        let channel = context.channel
        pipeline.removeHandler(context: context, promise: nil)
        if isReadPending { channel.read() }
    }

    typealias InboundOut = ByteBuffer

    override func timerFired() -> TimeAmount? { self.checkDeadlines() }

    // MARK: - Draining

    override var isIdle: Bool {
        self.machine.state == .idle && self.input.readableBytes == 0
            && self.context.map { self.output.waiting($0) } == 0
    }

    /// Answers under way are brought to their end, as long as their clients take them.
    override func drain() {
        if let held = self.current.held { return held.release() }
        guard self.isIdle, let context = self.context else { return }
        self.endReason = .draining
        context.close(promise: nil)
    }

    override func abort() {
        self.endReason = .draining
        self.context?.close(promise: nil)
    }
}
