import NIOCore

/// What a subscriber inside the process gets.
public enum SubscriptionEvent: Sendable {
    /// - id: the cursor to come back with after this publication.
    case publication(Publication, id: Cursor)
    case gap(Gap, id: Cursor)
}

/// A subscription inside the process: an `AsyncSequence` for one consumer. It queues a few hundred publications at
/// most; a slow consumer reads on from the log.
public struct Subscription: AsyncSequence, Sendable {
    public typealias Element = SubscriptionEvent

    typealias Producer = NIOThrowingAsyncSequenceProducer<
        SubscriptionEvent, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark,
        SubscriptionOutlet
    >

    let sequence: Producer

    public struct AsyncIterator: AsyncIteratorProtocol {
        let base: Producer.AsyncIterator

        /// - Throws: ``SubscriptionError`` when the hub ends the subscription.
        public mutating func next() async throws -> SubscriptionEvent? { try await self.base.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: self.sequence.makeAsyncIterator()) }
}

public struct SubscriptionError: Error, Sendable {
    public let reason: CloseReason
}

extension Hub {
    /// Subscribes inside the process.
    ///
    /// The subscription begins with this call: what is published after it is delivered.
    /// - Parameters:
    ///   - topics: 1 to 100; one that is named twice counts once.
    ///   - start: where it begins in all of them.
    public func subscribe(_ topics: [Topic], from start: StartPoint = .now) async throws -> Subscription {
        let eventLoop = self.nextEventLoop()
        let outlet = SubscriptionOutlet(eventLoop: eventLoop)
        let producer = Subscription.Producer.makeSequence(
            elementType: SubscriptionEvent.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 64, highWatermark: 256),
            finishOnDeinit: false,
            delegate: outlet)
        let source = producer.source
        try await eventLoop.submit {
            self.shard(on: eventLoop).drain()
            outlet.begin(source, in: self.shard(on: eventLoop), topics: topics.map { ($0, start) })
        }.get()
        return Subscription(sequence: producer.sequence)
    }

    /// Subscribes inside the process, after a cursor; `nil`: from now on.
    public func subscribe(_ topics: [Topic], after cursor: Cursor?) async throws -> Subscription {
        try await self.subscribe(topics, from: cursor.map(StartPoint.after) ?? .now)
    }
}

/// Between a subscriber on its loop and a consumer in some task.
final class SubscriptionOutlet: NIOAsyncSequenceProducerDelegate {
    private struct State {
        var source: Subscription.Producer.Source?
        var subscriber: Subscriber?
        var isWritable = true
    }

    private let state: NIOLoopBoundBox<State>
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.state = .makeBoxSendingValue(State(), eventLoop: eventLoop)
    }

    func begin(
        _ source: Subscription.Producer.Source,
        in shard: HubShard,
        topics: [(topic: Topic, start: StartPoint)]
    ) {
        self.state.value.source = source
        let bridge = SubscriptionBridge(outlet: self)
        self.state.value.subscriber = shard.attach(SubscribeRequest(topics: topics), outlet: bridge)
    }

    func produceMore() {
        self.eventLoop.execute {
            self.state.value.isWritable = true
            self.state.value.subscriber?.outletBecameWritable()
        }
    }

    func didTerminate() {
        self.eventLoop.execute {
            self.state.value.subscriber?.detach()
            self.state.value.subscriber = nil
            self.state.value.source = nil
        }
    }

    fileprivate var isWritable: Bool { self.state.value.isWritable }

    fileprivate func yield(_ events: [SubscriptionEvent]) {
        switch self.state.value.source?.yield(contentsOf: events) {
        case .stopProducing: self.state.value.isWritable = false
        case .produceMore, .dropped, nil: break
        }
    }

    fileprivate func finish(_ reason: CloseReason) {
        self.state.value.source?.finish(SubscriptionError(reason: reason))
        self.state.value.source = nil
        self.state.value.subscriber = nil
    }
}

/// The loop-bound face of a ``SubscriptionOutlet``.
private final class SubscriptionBridge: SubscriberOutlet {
    private let outlet: SubscriptionOutlet
    init(outlet: SubscriptionOutlet) { self.outlet = outlet }

    var isWritable: Bool { self.outlet.isWritable }

    func deliver(_ batch: DeliveryBatch) {
        self.outlet.yield(
            batch.publications.enumerated().map { .publication($0.element, id: batch.id(at: $0.offset)) })
    }

    func notify(_ notice: Notice) {
        guard case .gap(let gap, let id) = notice else { return }
        self.outlet.yield([.gap(gap, id: id)])
    }

    func end(_ reason: CloseReason) { self.outlet.finish(reason) }
}
