import DequeModule
import HalleyHub
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1 connection: takes requests one at a time, has them answered, and hands itself over to a push.
///
/// Belongs to its channel's loop.
final class HTTPConnection: Connection, ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: LoopContext
    let address: ClientAddress
    private let meter = RequestLineMeter()
    private var decoder: ByteToMessageHandler<RequestDecoder>
    private let gate: RequestGate
    private var machine: HTTPConnectionStateMachine
    private var context: ChannelHandlerContext?
    /// Parts of later requests: no more than what one read has brought, as reading pauses meanwhile.
    private var waiting: Deque<HTTPServerRequestPart> = []
    private var isReadPending = false
    private var isInputClosed = false
    private var current: Request?
    private var held: (any HeldAnswer)?
    private var deadline = Deadline(reason: .headTimeout, at: .now())
    private var endReason = CloseReason.connectionLost
    private var requestCount = 0
    private let begun = NIODeadline.now()

    private struct Deadline {
        var reason: CloseReason
        var at: NIODeadline
    }

    private init(loop: LoopContext, address: ClientAddress, gate: RequestGate) {
        let limits = loop.server.configuration.limits
        self.loop = loop
        self.address = address
        self.gate = gate
        self.decoder = ByteToMessageHandler(RequestDecoder(meter: self.meter, head: limits.head))
        self.machine = HTTPConnectionStateMachine(maximumBody: limits.body)
    }

    /// Makes it a channel's own.
    static func add(
        to channel: any Channel, loop: LoopContext, address: ClientAddress, gate: RequestGate
    ) throws {
        let connection = HTTPConnection(loop: loop, address: address, gate: gate)
        try channel.pipeline.syncOperations.addHandlers(connection.decoder, connection)
    }

    private var limits: Limits { self.loop.server.configuration.limits }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.meter.headBegan = { [unowned self] in self.expect(.headTimeout, within: self.limits.headTimeout) }
        self.expect(.headTimeout, within: self.limits.headTimeout)
        self.loop.timers.schedule(self, after: self.limits.headTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.forget() }

    func channelInactive(context: ChannelHandlerContext) {
        self.forget()
        self.logEnd()
        context.fireChannelInactive()
    }

    private func forget() {
        guard self.context != nil else { return }
        self.loop.timers.cancel(self)
        self.loop.remove(self)
        self.meter.headBegan = nil
        self.context = nil
        self.held?.abandon()
        self.held = nil
    }

    private func logEnd() {
        self.loop.server.logger.info(
            "connection ended",
            metadata: [
                "reason": "\(self.endReason)", "transport": "http", "address": "\(self.address)",
                "requests": "\(self.requestCount)", "ms": "\((NIODeadline.now() - self.begun).nanoseconds / 1_000_000)",
            ])
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Whatever comes while a push takes over is not ours any more.
        if self.machine.isTakenOver { return context.fireChannelRead(data) }
        let part = self.unwrapInboundIn(data)
        if self.machine.isAnswering { return self.waiting.append(part) }
        self.take(part)
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            var request = Request(head, address: self.address, isOverloaded: self.gate.isOverloaded)
            // The channel remembers it; its context would ask the system each time.
            request.peer = self.context?.channel.remoteAddress
            self.current = request
            self.expect(.bodyTimeout, within: self.limits.bodyTimeout)
            let refusal = self.gate.refusal(of: request, knownHost: &self.loop.knownHost)
            self.perform(self.machine.head(request, refusal: refusal))
        case .body(let body): self.perform(self.machine.body(body))
        case .end:
            self.meter.reset()
            self.perform(self.machine.end())
        }
    }

    private func perform(_ action: HTTPConnectionStateMachine.Action) {
        switch action {
        case .none: break
        case .sendContinue:
            // Not worth a body that would be refused anyway.
            if let current, let refusal = Dispatcher.refusal(of: current, self.loop.server) {
                return self.refuse(refusal, .protocolError)
            }
            self.write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        case .dispatch(let request): self.dispatch(request)
        case .refuse(let error): self.refuse(error, self.gate.isOverloaded ? .overloaded : .protocolError)
        }
    }

    private func dispatch(_ request: Request) {
        self.requestCount += 1
        self.loop.server.logger.debug(
            "request", metadata: ["method": "\(request.method)", "uri": "\(Redaction.redact(request.uri))"])
        switch Dispatcher.dispatch(request, self.loop) {
        case .response(let response): self.answer(response.hop(to: self.loop.eventLoop), to: request)
        case .push(let opening): self.open(opening, for: request)
        case .upgrade(let upgrade): self.open(upgrade.hop(to: self.loop.eventLoop), for: request)
        case .held(let held):
            self.held = held
            self.answer(held.response, to: request)
        }
    }

    private func answer(_ response: EventLoopFuture<Response>, to request: Request) {
        response.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let response): self.send(response, to: request)
            case .failure(let error): self.send(Self.response(to: error), to: request)
            }
        }
    }

    private static func response(to error: any Error) -> Response {
        (error as? RequestError ?? RequestError.internalError(error)).response
    }

    private func send(_ response: Response, to request: Request) {
        self.held = nil
        guard let context = self.context else { return }
        let mayKeepAlive = !self.gate.isOverloaded && !self.loop.server.isDraining && !self.isInputClosed
        let keepAlive = self.machine.keepsAlive && mayKeepAlive
        var buffer = context.channel.allocator.buffer(capacity: 256 + response.body.readableBytes)
        let isExplicit = !keepAlive || !request.isHTTP11
        buffer.writeResponse(
            response, more: self.headers(of: request), keepAlive: isExplicit ? keepAlive : nil,
            withoutBody: request.method == .HEAD)
        switch self.machine.answered(mayKeepAlive: mayKeepAlive) {
        case .awaitNext:
            self.write(buffer)
            self.awaitNext()
        case .close:
            self.endReason = self.loop.server.isDraining ? .draining : .responseComplete
            self.writeAndClose(buffer)
        }
    }

    /// What every answer to the request has.
    private func headers(of request: Request) -> [(String, String)] {
        let reply = self.loop.server.origins.replyHeaders(request.headers)
        return reply.isEmpty ? Self.always : reply + Self.always
    }

    private static let always = [("Referrer-Policy", "no-referrer")]

    private func awaitNext() {
        if self.current?.offersUpgrade == true { self.renewDecoder() }
        self.current = nil
        self.expect(.idle, within: self.limits.idleTimeout)
        while !self.waiting.isEmpty, !self.machine.isAnswering, !self.machine.isTakenOver {
            self.take(self.waiting.removeFirst())
        }
        guard !self.machine.isAnswering, self.isReadPending, let context = self.context else { return }
        self.isReadPending = false
        context.read()
    }

    /// NIO's decoder stops after a request that offers an upgrade, also where it is not taken. What it still holds passes
    /// on to the new one.
    private func renewDecoder() {
        guard let pipeline = self.context?.pipeline.syncOperations else { return }
        let old = self.decoder
        self.decoder = ByteToMessageHandler(RequestDecoder(meter: self.meter, head: self.limits.head))
        try? pipeline.addHandler(self.decoder, position: .after(old))
        _ = pipeline.removeHandler(old)
    }

    /// Further requests are not read before this one is answered.
    func read(context: ChannelHandlerContext) {
        if self.machine.isAnswering { self.isReadPending = true } else { context.read() }
    }

    // MARK: - Pushes

    private func open(_ opening: Eventually<PushOpening>, for request: Request) {
        opening.whenComplete(on: self.loop.eventLoop) { result in
            switch result {
            case .success(let opening): self.takeOver(opening, request)
            case .failure(let error): self.send(Self.response(to: error), to: request)
            }
        }
    }

    /// The HTTP handlers go, and the push's own handler comes.
    private func takeOver(_ opening: PushOpening, _ request: Request) {
        guard let context = self.context else { return }
        if opening.isHeadOnly {
            var response = Response(opening.status, headers: opening.headers.filter { $0.0 != "Connection" })
            response.hasLength = false
            return self.send(response, to: request)
        }
        let stream = PushStream(
            loop: self.loop, opening: opening, address: self.address, uri: request.uri)
        self.writeHead(opening.status, opening.headers, opening.prelude, request, context)
        if !self.handOver(to: opening.handlers(stream), context) { stream.lost() }
    }

    private func open(_ upgrade: EventLoopFuture<Upgrade>, for request: Request) {
        upgrade.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let upgrade):
                guard let context = self.context else { return }
                self.writeHead(.switchingProtocols, upgrade.headers, ByteBuffer(), request, context)
                _ = self.handOver(to: upgrade.handlers(self.loop), context)
            case .failure(let error): self.send(Self.response(to: error), to: request)
            }
        }
    }

    private func writeHead(
        _ status: HTTPResponseStatus, _ headers: [(String, String)], _ prelude: ByteBuffer, _ request: Request,
        _ context: ChannelHandlerContext
    ) {
        self.machine.takeOver()
        self.waiting.removeAll()
        var head = context.channel.allocator.buffer(capacity: 512)
        head.writeResponseHead(status, headers, self.headers(of: request))
        head.writeImmutableBuffer(prelude)
        context.write(self.wrapOutboundOut(head), promise: nil)
    }

    /// - Returns: `false` where the connection has gone.
    private func handOver(to handlers: [any ChannelHandler], _ context: ChannelHandlerContext) -> Bool {
        let pipeline = context.pipeline.syncOperations
        self.loop.remove(self)
        do {
            try pipeline.addHandlers(handlers, position: .after(self))
        } catch {
            context.close(promise: nil)
            return false
        }
        // The decoder goes when it is done with what it has read; what it still holds passes on to the new handlers.
        let channel = context.channel
        pipeline.removeHandler(self.decoder).assumeIsolated().whenComplete { _ in
            _ = pipeline.removeHandler(self)
            channel.read()
        }
        return true
    }

    // MARK: - Refusals and ends

    /// Answers before the whole request has come, then ends the connection without cutting the answer off.
    private func refuse(_ error: RequestError, _ reason: CloseReason) {
        guard let context = self.context else { return }
        self.endReason = reason
        var response = error.response
        if let current { response.headers += self.loop.server.origins.replyHeaders(current.headers) }
        var buffer = ByteBuffer()
        buffer.writeResponse(response, keepAlive: false, withoutBody: self.current?.method == .HEAD)
        self.expect(reason, within: .seconds(2))
        // Closing at once, with unread bytes about, would reset the connection before the client has read the answer.
        context.writeAndFlush(self.wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            self.endReason = .connectionLost
            return context.close(promise: nil)
        }
        switch self.machine.fail() {
        case .answer: self.refuse(self.refusal(of: error), .protocolError)
        case .afterAnswer: self.waiting.removeAll()
        case .close:
            if !self.machine.isTakenOver { self.endReason = .protocolError }
            context.close(promise: nil)
        }
    }

    private func refusal(of error: HTTPParserError) -> RequestError {
        switch error {
        // The line has the method and the version too.
        case .headerOverflow where self.meter.length > self.limits.uri + 32: RequestGate.uriTooLong(self.limits)
        case .headerOverflow:
            RequestError(
                .requestHeaderFieldsTooLarge, "head_too_large",
                "The request's line and headers may have \(self.limits.head) bytes (--max-head).")
        case .invalidVersion: RequestGate.versionUnsupported
        default: RequestError(.badRequest, "bad_request", "The request is malformed (\(error)).")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            self.isInputClosed = true
            // A client may close its half and still wait for the answer, but hardly for one that is held back.
            if self.held != nil || !self.machine.isAnswering && !self.machine.isTakenOver {
                self.endReason = self.machine.isDiscarding ? self.endReason : .clientClosed
                context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func write(_ buffer: ByteBuffer) {
        self.context?.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
    }

    private func writeAndClose(_ buffer: ByteBuffer) {
        guard let context = self.context else { return }
        context.writeAndFlush(self.wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func expect(_ reason: CloseReason, within time: TimeAmount) {
        self.deadline = Deadline(reason: reason, at: .now() + time)
        if time < self.limits.headTimeout, self.context != nil { self.loop.timers.schedule(self, after: time) }
    }

    // MARK: - The timer

    override func timerFired() -> TimeAmount? {
        if self.context == nil { return nil }
        let left = self.deadline.at - .now()
        if left > .zero { return left }
        if self.machine.isAnswering || self.machine.isTakenOver { return self.limits.headTimeout }
        self.timeOut(self.deadline.reason)
        return .seconds(2)
    }

    private func timeOut(_ reason: CloseReason) {
        guard let context = self.context else { return }
        let isIdle = reason == .idle || (self.machine.isIdle && self.meter.length == 0)
        if !isIdle, self.machine.fail() == .answer {
            let what = reason == .headTimeout ? "head" : "body"
            return self.refuse(
                RequestError(.requestTimeout, "request_timeout", "The request's \(what) did not arrive in time."),
                reason)
        }
        self.endReason = isIdle ? .idle : reason
        context.close(promise: nil)
    }

    // MARK: - Draining

    override var isIdle: Bool { self.machine.isIdle && self.meter.length == 0 }

    override func drain() {
        // A request that is under way is still answered; the answer ends the connection.
        if let held { return held.release() }
        guard self.isIdle, let context = self.context else { return }
        self.endReason = .draining
        context.close(promise: nil)
    }

    override func abort() {
        self.endReason = .draining
        self.context?.close(promise: nil)
    }
}
