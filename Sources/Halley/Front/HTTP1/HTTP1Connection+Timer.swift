import HalleyHub
import NIOCore
import NIOHTTP1

extension HTTP1Connection {
    /// Begins a phase; one that is due earlier than what the wheel knows counts at once.
    func expect(_ phase: DeadlinePhase) {
        let now = self.loop.eventLoop.now
        let at = now + phase.time(self.limits)
        self.deadline = (phase, at)
        self.ask(at, now)
    }

    private func ask(_ at: NIODeadline, _ now: NIODeadline) {
        guard at < self.askedAt, self.context != nil else { return }
        self.askedAt = at
        self.loop.timers.schedule(self, after: at - now)
    }

    /// To be called when a turn is over: which phase is it now?
    func updateDeadline() {
        if self.output.queued > 0 { self.watchProgress() } else { self.progress = nil }
        guard let phase = self.phase else {
            if self.deadline?.phase != .farewell { self.deadline = nil }
            return
        }
        if self.deadline?.phase != phase { self.expect(phase) }
    }

    private var phase: DeadlinePhase? {
        switch self.machine.state {
        case .idle:
            if self.output.queued > 0 { nil } else { self.requestCount == 0 ? .firstHead : .idle }
        // What is not read, as the answers before it are not taken, can't be late.
        case .head: self.output.isOpen(self.context) ? .head : nil
        case .exchange(.wanted, _, _), .exchange(.unwanted, _, _):
            self.current.isBodyAwaited ? .body : self.deadline?.phase
        case .exchange(_, .deciding, _): .takeover
        case .exchange, .closing, .takenOver, .closed: nil
        }
    }

    private func watchProgress() {
        guard self.progress == nil, let context = self.context else { return }
        let now = self.loop.eventLoop.now
        self.progress = ProgressMeter(left: self.output.left(context), now: now, within: self.limits.stall)
        self.ask(now + self.limits.stall, now)
    }

    // MARK: - The timer

    func checkDeadlines() -> TimeAmount? {
        guard let context = self.context else { return nil }
        let now = self.loop.eventLoop.now
        self.askedAt = .distantFuture
        self.checkProgress(context, now)
        if self.context != nil, let deadline = self.deadline, deadline.at <= now {
            // A loop that was held up may not have read yet what has come in time.
            if now - deadline.at > Self.lateness {
                self.deadline?.at = now + Self.lateness
            } else {
                self.timeOut(deadline.phase, context)
            }
        }
        guard self.context != nil, let next = self.nextDeadline, next < self.askedAt else { return nil }
        self.askedAt = next
        return next - now
    }

    /// A loop that is later than that was held up.
    private static var lateness: TimeAmount { .milliseconds(250) }

    private var nextDeadline: NIODeadline? {
        guard let progress = self.progress?.deadline else { return self.deadline?.at }
        return self.deadline.map { min($0.at, progress) } ?? progress
    }

    private func checkProgress(_ context: ChannelHandlerContext, _ now: NIODeadline) {
        guard self.progress != nil else { return }
        if self.output.waiting(context) == 0 {
            self.progress = nil
        } else if self.progress?.check(left: self.output.left(context), now: now) == .stalled {
            self.cut(.stalled, context)
        }
    }

    private func cut(_ reason: CloseReason, _ context: ChannelHandlerContext) {
        self.endReason = reason
        context.close(promise: nil)
    }

    private func timeOut(_ phase: DeadlinePhase, _ context: ChannelHandlerContext) {
        switch phase {
        case .idle where self.isUnderWay(phase, context), .farewell where self.isUnderWay(phase, context): break
        case .firstHead, .idle, .farewell:
            self.cut(self.endReason == .connectionLost ? phase.reason : self.endReason, context)
        case .head: self.fail(.late("head"), phase.reason)
        // It has come as far as it was asked for.
        case .body where !self.current.isBodyAwaited: self.expect(.body)
        case .body: self.fail(.late("body"), phase.reason)
        case .takeover: self.respond(RequestGate.overloaded(self.loop.server).response)
        }
        self.advance()
    }

    /// What the kernel still has to bring to the client is under way, too: the phase begins when the client has got it.
    private func isUnderWay(_ phase: DeadlinePhase, _ context: ChannelHandlerContext) -> Bool {
        let wasWaiting = self.wasWaiting
        self.wasWaiting = self.output.waiting(context) > 0
        if self.wasWaiting { self.watchProgress() }
        if self.wasWaiting || wasWaiting {
            self.expect(phase)
            return true
        }
        // A peer that still sends something confirms with it: after the last word that counts for nothing.
        guard phase == .idle, let since = self.output.sinceAcknowledged, since < phase.time(self.limits) else {
            return false
        }
        self.deadline = (phase, self.loop.eventLoop.now + (phase.time(self.limits) - since))
        return true
    }

    /// A body that is pulled may take as long as it likes, as long as it makes progress.
    func noteBodyProgress() {
        guard self.current.bodyBytes - self.current.bodyMark >= ProgressMeter.minimum else { return }
        self.current.bodyMark = self.current.bodyBytes
        if self.deadline?.phase == .body { self.expect(.body) }
    }
}

extension RequestError {
    fileprivate static func late(_ what: String) -> RequestError {
        RequestError(.requestTimeout, "request_timeout", "The request's \(what) did not arrive in time.")
    }
}
