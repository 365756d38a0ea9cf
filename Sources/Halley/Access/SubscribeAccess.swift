import HalleyHub
import NIOCore

/// What a principal may subscribe to: from where, and until when.
struct SubscribeAccess: Sendable {
    let principal: Principal
    let topics: [(topic: Topic, start: StartPoint)]
    let until: NIODeadline
}

extension Authority {
    /// Decides about a subscription. Fails with ``RequestError``.
    ///
    /// To begin before now is to read history. Who may subscribe, but not that, may go on by a cursor as far back as the
    /// topic's rule says (``TopicRule/resume``); whatever else it gives, it begins now and is told the gap.
    /// - Parameter now: where ``StartPoint/now`` begins for who may read history.
    func subscribe(
        _ principal: Principal, to topics: [(topic: Topic, start: StartPoint)], now: StartPoint = .now,
        on eventLoop: any EventLoop
    ) -> Eventually<SubscribeAccess> {
        // Mostly the rules say it all: then nothing need be waited for.
        if now == .now, topics.allSatisfy({ $0.start == .now }),
            case .allowed = self.verdict(principal, .subscribe, topics.lazy.map(\.topic))
        {
            let until = Expiry.deadline(of: principal.expires)
            return .now(SubscribeAccess(principal: principal, topics: topics, until: until))
        }
        return self.require(principal, .subscribe, topics.lazy.map(\.topic), on: eventLoop).flatMap(on: eventLoop) {
            until in
            let past = topics.filter { $0.start != .now || now != .now }.map(\.topic)
            if past.isEmpty { return .now(SubscribeAccess(principal: principal, topics: topics, until: until)) }
            return self.refused(principal, .history, past, on: eventLoop).map { refused in
                let starts = topics.map { (topic: $0.topic, start: self.start(of: $0, refused, now: now)) }
                return SubscribeAccess(principal: principal, topics: starts, until: until)
            }
        }
    }

    private func start(
        of asked: (topic: Topic, start: StartPoint), _ refused: Set<Topic>, now: StartPoint
    ) -> StartPoint {
        if refused.contains(asked.topic) {
            return asked.start.withoutHistory(resume: self.rules.rule(for: asked.topic).resume)
        }
        return asked.start == .now ? now : asked.start
    }
}

extension StartPoint {
    /// For who may not read history.
    /// - Parameter resume: how far back a cursor may lead, in milliseconds.
    func withoutHistory(resume: Int64) -> StartPoint {
        switch self {
        case .now, .resuming, .refused: self
        case .earliest, .last: .refused(.forbidden, given: "")
        case .malformed(let text): .refused(.malformed, given: text)
        case .after(let cursor): .resuming(cursor, within: resume)
        }
    }
}

extension Transport {
    /// Asks who the client is, and whether it may have what it asks for. Fails with ``RequestError``.
    /// - Parameter now: where ``StartPoint/now`` begins for who may read history.
    func authorize(
        _ request: RequestHead, _ parameters: SubscribeParameters, now: StartPoint = .now, in loop: LoopContext
    ) throws(RequestError) -> Eventually<Presentation> {
        let (authority, eventLoop) = (loop.server.authority, loop.eventLoop)
        let claim = try loop.server.clients.claim(of: request.target)
        let topics = parameters.topics
        let known = authority.principal(of: request, on: eventLoop)
        if case .now(let principal) = known {
            return authority.subscribe(principal, to: topics, now: now, on: eventLoop).map { Presentation($0, claim) }
        }
        return
            known
            .flatMap(on: eventLoop) { authority.subscribe($0, to: topics, now: now, on: eventLoop) }
            .map { Presentation($0, claim) }
    }
}
