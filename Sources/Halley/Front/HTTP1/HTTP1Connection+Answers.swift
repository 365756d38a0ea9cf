import HalleyHub
import HalleyWire
import Logging
import NIOCore
import NIOHTTP1

extension HTTP1Connection: Exchange {
    func isOpen(_ number: Int) -> Bool {
        self.context != nil && self.requestCount == number && self.machine.isUnanswered
    }

    private var mayPersist: Bool {
        !self.gate.isOverloaded && !self.loop.server.isDraining
            && !(self.isInputClosed && self.input.readableBytes <= self.parser.missingBody)
    }

    func respond(_ response: Response) {
        guard self.context != nil, self.machine.isUnanswered else { return }
        let head = self.current.head
        self.dropBody()
        let persists = self.machine.answer(mayPersist: self.mayPersist)
        if !persists { self.noteLastAnswer() }
        // RFC 9112 §9.3: an HTTP/1.0 client is told that the connection stays.
        let isExplicit = !persists || head?.form == .http1(minor: 0)
        let more = self.headers(of: head)
        self.output.gather {
            $0.reserveCapacity(minimumWritableBytes: 384 + response.body.readableBytes)
            $0.writeResponse(
                response, more: more, keepAlive: isExplicit ? persists : nil, withoutBody: head?.isHead == true)
        }
        self.finishRequest()
    }

    private func noteLastAnswer() {
        guard self.endReason == .connectionLost else { return }
        self.endReason = self.loop.server.isDraining ? .draining : .responseComplete
    }

    /// The answer is said. The body may still be on its way to be thrown away.
    private func finishRequest() {
        let isSuspended = self.current.isSuspended
        self.current = CurrentRequest()
        self.current.isSuspended = isSuspended
        self.progress = nil
        self.deadline = nil
        if self.output.gathered.readableBytes >= AnswerOutput.gathersAtMost { self.flush() }
        self.advance()
    }

    /// What every answer to the request has.
    func headers(of head: RequestHead?) -> [(String, String)] {
        guard let reply = head.map({ self.loop.server.origins.replyHeaders($0) }), !reply.isEmpty else {
            return Self.always
        }
        return reply + Self.always
    }

    private static let always = [("Referrer-Policy", "no-referrer")]

    func hold(_ answer: any HeldAnswer) { self.current.held = answer }

    // MARK: - Answers in parts

    func stream(_ head: ResponseHead, from body: any BodyStream) {
        guard self.context != nil, self.machine.isUnanswered, let request = self.current.head else { return }
        let isChunked = head.length == nil && request.knowsChunks
        let hasEnd = isChunked || head.length != nil
        let persists = self.machine.stream(mayPersist: self.mayPersist && hasEnd)
        if !persists { self.noteLastAnswer() }
        self.current.isChunked = isChunked
        self.gatherStreamHead(head, request, persists)
        if request.isHead {
            body.abandon()
            return self.endStream()
        }
        self.current.producer = body
        self.advance()
    }

    private func gatherStreamHead(_ head: ResponseHead, _ request: RequestHead, _ persists: Bool) {
        var headers = head.headers
        if let length = head.length {
            headers.append(("Content-Length", String(length)))
        } else if self.current.isChunked {
            headers.append(("Transfer-Encoding", "chunked"))
        }
        if !persists || !request.knowsChunks {
            headers.append(("Connection", persists ? "keep-alive" : "close"))
        }
        let more = self.headers(of: request)
        self.output.gather { $0.writeResponseHead(head.status, headers, more) }
    }

    /// Asks for the next part of an answer, where the ones before are taken.
    /// - Returns: whether it was asked for.
    func produce() -> Bool {
        guard let producer = self.current.producer, !self.current.isPartAwaited else { return false }
        if self.output.gathered.readableBytes > 0 { self.flush() }
        guard self.output.isOpen(self.context) else { return false }
        self.current.isPartAwaited = true
        let number = self.requestCount
        producer.next { [weak self] result in
            guard let self, self.context != nil, self.requestCount == number else { return }
            self.current.isPartAwaited = false
            self.say(result)
            self.advance()
        }
        return true
    }

    private func say(_ part: Result<ByteBuffer?, any Error>) {
        guard self.machine.isStreaming else { return }
        switch part {
        case .success(let part?):
            let isChunked = self.current.isChunked
            self.output.gather { BodyFraming(isChunked: isChunked).write(part, into: &$0) }
        case .success(nil):
            if self.current.isChunked { self.output.gather { $0.writeLastHTTPChunk() } }
            self.endStream()
        case .failure(let error):
            // Cut off, so that nobody takes it for the whole.
            self.loop.server.logger.error("an answer broke off", metadata: ["error": "\(error)"])
            self.endReason = .internalError
            self.context?.close(promise: nil)
        }
    }

    private func endStream() {
        self.dropBody()
        self.machine.streamEnded()
        self.finishRequest()
    }

    // MARK: - Handing over

    func awaitTakeover() {
        self.machine.awaitTakeover()
        self.current.isDeciding = true
        if self.isInputClosed { self.endWithPeer() }
    }

    func takeOver(_ takeover: Takeover) {
        guard self.context != nil else { return }
        self.machine.takeOver()
        self.current.takeover = takeover
        self.advance()
    }

    func gatherHead(of takeover: Takeover) {
        let more = self.headers(of: self.current.head)
        self.output.gather {
            $0.reserveCapacity(minimumWritableBytes: 512)
            $0.writeResponseHead(takeover.status, takeover.headers, more)
            $0.writeImmutableBuffer(takeover.prelude)
        }
    }

    // MARK: - Sending

    /// What was gathered leaves; after the last word of all the connection ends.
    func flush() {
        guard let context = self.context else { return }
        if let rest = self.output.send(context) {
            self.output.queued += 1
            context.writeAndFlush(self.wrapOutboundOut(rest)).assumeIsolated().whenComplete { self.wrote($0) }
        }
        if self.machine.state == .closing, self.output.queued == 0 { self.sayFarewell(context) }
    }

    private func wrote(_ result: Result<Void, any Error>) {
        self.output.queued -= 1
        // Who has gone takes nothing: what was asked besides is not begun.
        if case .failure = result { self.machine.closed() }
        self.advance()
    }

    /// Closed whole, with unread bytes about, the connection would be reset, and the answer lost on its way to the client.
    private func sayFarewell(_ context: ChannelHandlerContext) {
        if self.isInputClosed { return context.close(promise: nil) }
        if self.deadline?.phase == .farewell { return }
        self.expect(.farewell)
        context.close(mode: .output, promise: nil)
    }
}
