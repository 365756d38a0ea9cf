import HalleyHub
import HalleyWire
import Logging
import NIOCore

extension HTTP1Connection {
    // MARK: - Heads

    /// - Returns: whether there may be more to do.
    func readHead() -> Bool {
        switch self.parser.next(&self.input) {
        case .head(let head): self.begin(head)
        case .failed(let failure): self.fail(RequestError(failure, self.limits), .protocolError)
        case .needsMore:
            if self.parser.hasBegunHead(self.input) { self.machine.headBegan() }
            if self.isInputClosed { self.endWithPeer() }
            return false
        case .body, .end: preconditionFailure("a body before a head")
        }
        return true
    }

    private func begin(_ head: HTTP1Head) {
        self.requestCount += 1
        let request = RequestHead(
            head, address: self.address, peer: self.peer, isOverloaded: self.gate.isOverloaded)
        self.current.head = request
        self.current.awaitsContinue = head.expectsContinue
        self.machine.head(hasBody: head.body != .none, persists: head.isPersistent)
        // The next head is what follows.
        if head.body == .none { _ = self.parser.next(&self.input) }
        self.logRequest(request)
        do throws(RequestError) {
            if let refusal = self.gate.refusal(of: request, knownHost: &self.loop.knownHost) { throw refusal }
            self.admit(try Dispatcher.open(request, in: self.loop), request, head.body)
        } catch {
            if self.gate.isOverloaded { self.endReason = .overloaded }
            self.respond(error.response)
        }
    }

    private func logRequest(_ head: RequestHead) {
        self.loop.server.logger.debug(
            "request", metadata: ["method": "\(head.method)", "uri": "\(Redaction.redact(head.uri))"])
    }

    private func admit(_ admission: Admission, _ head: RequestHead, _ body: HTTP1Head.Body) {
        switch admission {
        case .answered(let outcome):
            self.dropBody()
            // What goes on in place of HTTP begins behind the body.
            if case .takesOver = outcome, self.machine.leavesBody {
                return self.respond(RequestError.bodyTooLarge(Dispatcher.maximumUnwantedBody).response)
            }
            self.perform(outcome)
        case .collect(let limit, let then):
            if body == .none { return self.perform(head, then) }
            guard self.limitBody(to: limit) else { return }
            self.current.collector = then
            self.machine.wantBody()
            self.askForBody()
        case .stream(let limit, let then):
            guard self.limitBody(to: limit) else { return }
            self.current.isPulled = true
            self.perform(then(RequestBody(of: self, number: self.requestCount)))
        }
    }

    /// - Returns: `false` where it says that it will be longer, and is refused.
    private func limitBody(to limit: Int) -> Bool {
        self.current.bodyLimit = limit
        if self.parser.limitBody(to: limit) { return true }
        self.endReason = .protocolError
        self.respond(RequestError.bodyTooLarge(limit).response)
        return false
    }

    private func perform(_ head: RequestHead, _ then: (Request) throws(RequestError) -> Outcome) {
        let body = self.current.collected
        // What answers may wait for long: it keeps of the body what it needs.
        self.current.collected = ByteBuffer()
        do throws(RequestError) {
            self.perform(try then(Request(head: head, body: body)))
        } catch {
            self.respond(error.response)
        }
    }

    private func perform(_ outcome: Outcome) {
        self.perform(outcome, of: self.requestCount)
    }

    // MARK: - Bodies

    /// - Returns: whether there may be more to do.
    func readBody() -> Bool {
        switch self.parser.next(&self.input) {
        case .body(let part): self.take(part)
        case .end:
            self.machine.bodyEnded()
            self.deliverEnd()
        case .failed(.bodyTooLarge): self.fail(.bodyTooLarge(self.current.bodyLimit), .protocolError)
        case .failed(let failure): self.fail(RequestError(failure, self.limits), .protocolError)
        case .needsMore:
            if self.isInputClosed { self.endWithPeer() }
            return false
        case .head: preconditionFailure("a head inside a request")
        }
        return true
    }

    private func take(_ part: ByteBuffer) {
        self.current.bodyBytes += part.readableBytes
        if self.current.isPulled { self.noteBodyProgress() }
        if let puller = self.current.puller {
            self.current.puller = nil
            return puller(.success(part))
        }
        guard self.current.collector != nil else { return }
        if self.current.collected.readableBytes == 0 {
            self.current.collected = part
        } else {
            self.current.collected.writeImmutableBuffer(part)
        }
    }

    private func deliverEnd() {
        if let puller = self.current.puller {
            self.current.puller = nil
            puller(.success(nil))
        } else if let collector = self.current.collector, let head = self.current.head {
            self.current.collector = nil
            self.perform(head, collector)
        }
    }

    func pullBody(_ deliver: @escaping CurrentRequest.Deliver) {
        switch self.machine.state {
        case .exchange(.unread, _, persists: _):
            self.machine.wantBody()
            self.askForBody()
        case .exchange(.wanted, _, persists: _): break
        case .exchange(.complete, _, persists: _): return deliver(.success(nil))
        case .idle, .head, .exchange, .closing, .takenOver, .closed: return deliver(.failure(ChannelError.eof))
        }
        self.current.puller = deliver
        self.advance()
    }

    func abandonBody() {
        if let puller = self.current.puller {
            self.current.puller = nil
            puller(.failure(ChannelError.eof))
        }
        self.dropBody()
        self.advance()
    }

    /// RFC 9110 §10.1.1: a client that waits for it is told to send the body.
    private func askForBody() {
        guard self.current.awaitsContinue else { return }
        self.current.awaitsContinue = false
        self.output.gather { $0.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    /// What is left of the body is read and thrown away where it is short; one that the client has not begun to send, as it
    /// waits to be asked, may come all the same, or not: then the connection ends.
    func dropBody() {
        self.current.collector = nil
        self.current.collected = ByteBuffer()
        self.current.isPulled = false
        let isShort = !self.current.awaitsContinue && self.parser.dropBody(atMost: Dispatcher.maximumUnwantedBody)
        self.machine.dropBody(isShort: isShort)
    }

    // MARK: - Ends

    /// The peer says nothing more, and what it waits for will not be answered. What was answered still goes out.
    func endWithPeer() {
        if self.endReason == .connectionLost { self.endReason = .clientClosed }
        self.machine.close()
        self.abandonRequest()
    }

    /// Nothing that comes can be understood, or is waited for, any more.
    func fail(_ error: RequestError, _ reason: CloseReason) {
        switch self.machine.inputFailed() {
        case .refuse:
            self.endReason = reason
            self.requestCount += 1
            self.current.head = nil
            self.respond(error.response)
        case .tellReader:
            self.endReason = reason
            if let puller = self.current.puller {
                self.current.puller = nil
                puller(.failure(error))
            } else if self.machine.isUnanswered, self.current.collector != nil {
                self.respond(error.response)
            }
        case .abort:
            self.endReason = reason
            self.context?.close(promise: nil)
        case .none: break
        }
    }
}
