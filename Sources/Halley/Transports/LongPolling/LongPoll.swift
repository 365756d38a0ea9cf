import HalleyHub
import NIOCore

/// One held answer: a subscriber that takes all that waits, or the first that comes, and goes.
///
/// Belongs to its connection's loop.
final class LongPoll: TimerClient, HeldAnswer {
    static let maximumBytes = 1 << 20

    private let loop: LoopContext
    private let limit: Int
    /// In seconds.
    private let timeout: Int
    private let address: ClientAddress
    private let render: @Sendable (MessagesAnswer) -> Response
    private let promise: EventLoopPromise<Response>
    private var presentation: Presentation?
    private var subscriber: Subscriber?
    private var isLive = false
    private var isOver = false
    /// Where it stands: at first the client's own cursor.
    private var cursor: Cursor?
    private var messages: [(publication: Publication, id: Cursor)] = []
    private var bytes = 0
    private var gaps: [Gap] = []

    /// - Parameter render: makes the response out of the answer.
    init(
        loop: LoopContext,
        limit: Int,
        timeout: Int,
        from address: ClientAddress,
        render: @escaping @Sendable (MessagesAnswer) -> Response
    ) {
        self.loop = loop
        self.limit = limit
        self.timeout = timeout
        self.address = address
        self.render = render
        self.promise = loop.eventLoop.makePromise()
    }

    var response: EventLoopFuture<Response> { self.promise.futureResult }

    func begin(after allowed: Eventually<Presentation>) {
        allowed.whenComplete(on: self.loop.eventLoop) { result in
            switch result {
            case .success(let presentation):
                self.presentation = presentation
                self.attach(presentation)
            case .failure(let error): self.fail(error)
            }
        }
    }

    private func attach(_ presentation: Presentation) {
        if self.isOver { return }
        do { try self.renewLease(presentation) } catch { return self.fail(error) }
        self.loop.shard.drain()
        let subscriber = self.loop.shard.attach(SubscribeRequest(topics: presentation.topics), outlet: self)
        // It may have had its answer within the call.
        if self.isOver { return subscriber.detach() }
        self.subscriber = subscriber
        // Who may not have more is answered, and judged anew when it comes back.
        let end = min(.now() + .seconds(Int64(self.timeout)), presentation.access.until)
        self.loop.timers.schedule(self, after: max(.zero, end - .now()))
    }

    private func renewLease(_ presentation: Presentation) throws(RequestError) {
        try PollLease.renew(
            presentation, presentation.topics.map(\.topic), interval: self.timeout, from: self.address,
            in: self.loop.server)
    }

    func release() { self.answer() }

    func abandon() {
        self.finish()
        self.promise.fail(ChannelError.eof)
    }

    private func answer() {
        if self.isOver { return }
        self.finish()
        let cursor = self.messages.last?.id ?? self.cursor ?? Cursor(epoch: self.loop.shard.epoch, sequence: 0)
        self.promise.succeed(
            self.render(
                MessagesAnswer(
                    cursor: cursor, messages: self.messages, gaps: self.gaps, issued: self.presentation?.issued)))
    }

    private func fail(_ error: any Error) {
        if self.isOver { return }
        self.finish()
        self.promise.fail(error)
    }

    private func finish() {
        self.isOver = true
        self.subscriber?.detach()
        self.subscriber = nil
        self.loop.timers.cancel(self)
    }

    // MARK: - The timer

    override func timerFired() -> TimeAmount? {
        self.answer()
        return nil
    }
}

extension LongPoll: SubscriberOutlet {
    var isWritable: Bool { !self.isOver && self.messages.count < self.limit && self.bytes < Self.maximumBytes }

    func deliver(_ batch: DeliveryBatch) {
        for (index, publication) in batch.publications.enumerated() where self.isWritable {
            self.messages.append((publication, batch.id(at: index)))
            self.bytes += publication.data.readableBytes
        }
        if self.isLive || !self.isWritable { self.answer() }
    }

    func notify(_ notice: Notice) {
        switch notice {
        case .hello(let cursor): self.cursor = cursor
        case .gap(let gap, let id):
            self.gaps.append(gap)
            self.cursor = id
        case .joined, .caughtUp: break
        }
    }

    func end(_ reason: CloseReason) { self.answer() }

    /// Live: all that waited is here.
    func paceChanged(isLive: Bool) {
        self.isLive = isLive
        if isLive, !self.messages.isEmpty || !self.gaps.isEmpty { self.answer() }
    }
}
