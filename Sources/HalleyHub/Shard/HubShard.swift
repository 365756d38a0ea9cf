import NIOCore
import Synchronization

/// The hub's part on one event loop: every subscriber of the loop, and what they are to get.
///
/// All state belongs to that loop; other threads reach it by the ``Inbox`` only.
package final class HubShard {
    package let inbox: Inbox
    let rules: TopicRules
    package let epoch: UInt64
    /// Every publication up to here has been handed to all live subscribers.
    package private(set) var deliveredThrough: UInt64 = 0

    private let engine: any Engine
    let counters: ShardCounters
    var frames: FrameCache
    private var cohorts: [Cohort.Key: Cohort] = [:]
    private var cohortsByTopic: [Topic: [Cohort]] = [:]
    private var touched: [Cohort] = []
    /// Those that go on catching up after the next drain.
    private var waiting: [Subscriber] = []
    private var requests: [UInt64: Subscriber] = [:]
    private var lastRequest: UInt64 = 0
    private(set) var isDraining = false
    private var subscriptions: [Topic: Int] = [:]

    /// - Parameter frames: shared with the other loops.
    package init(
        engine: any Engine, rules: TopicRules, inbox: Inbox, counters: ShardCounters, frames: SharedFrames = SharedFrames()
    ) {
        self.frames = FrameCache(shared: frames)
        self.engine = engine
        self.epoch = engine.epoch
        self.rules = rules
        self.inbox = inbox
        self.counters = counters
    }

    /// The log's newest sequence at the moment that the engine began to deliver.
    package func begin(at sequence: UInt64) { self.deliveredThrough = max(self.deliveredThrough, sequence) }

    // MARK: - A turn of the loop

    /// Takes what has come and hands it to everyone whom it concerns.
    ///
    /// Also to be called before an attachment: so that "from now on" is after all that publishers were answered.
    package func drain() {
        if self.isDraining { return }
        let items = self.inbox.take()
        if let last = items.publications.last {
            self.isDraining = true
            for publication in items.publications { self.route(publication) }
            self.flush()
            self.deliveredThrough = last.sequence
            self.isDraining = false
        }
        for (request, result) in items.pages { self.requests.removeValue(forKey: request)?.arrived(result) }
        let waiting = self.waiting
        self.waiting.removeAll(keepingCapacity: true)
        for subscriber in waiting { subscriber.goOn() }
    }

    private func route(_ publication: Publication) {
        for topic in publication.topics {
            guard let cohorts = self.cohortsByTopic[topic] else { continue }
            for cohort in cohorts where cohort.enqueue(publication) { self.touched.append(cohort) }
        }
    }

    private func flush() {
        let touched = self.touched
        self.touched.removeAll(keepingCapacity: true)
        var deliveries = 0
        for cohort in touched { deliveries += cohort.flush(&self.frames) }
        self.counters.deliveries.add(deliveries, ordering: .relaxed)
    }

    /// Lets a subscriber go on after the next drain.
    /// - Parameter soon: ask for a turn; else it waits for the next publication.
    func wait(_ subscriber: Subscriber, soon: Bool) {
        self.waiting.append(subscriber)
        if soon { self.inbox.requestTurn() }
    }

    // MARK: - Reading the log

    /// Asks the engine for a page; `arrived` gets it, maybe within the call.
    func read(_ query: HistoryQuery, for subscriber: Subscriber) {
        self.lastRequest += 1
        let request = PageRequest(number: self.lastRequest, inbox: self.inbox)
        self.engine.history(query) { request.complete($0) }
        if let result = request.takeOrAwait() {
            subscriber.arrived(result)
        } else {
            self.requests[request.number] = subscriber
        }
    }

    // MARK: - Subscribers

    /// Places a subscriber; what it is told and gets begins within the call where the engine answers at once.
    package func attach(_ request: SubscribeRequest, outlet: any SubscriberOutlet) -> Subscriber {
        let subscriber = Subscriber(id: request.id, format: request.format, shard: self, outlet: outlet)
        self.counters.subscribers.add(1, ordering: .relaxed)
        subscriber.begin(request.topics)
        return subscriber
    }

    func detached(_ subscriber: Subscriber) {
        self.counters.subscribers.subtract(1, ordering: .relaxed)
    }

    func counted(_ topic: Topic, _ change: Int) {
        let count = self.subscriptions[topic, default: 0] + change
        self.subscriptions[topic] = count == 0 ? nil : count
    }

    /// The same topics, by the names that the shard holds already: one string for all who have the topic.
    package func known(_ topics: [Topic]) -> [Topic] { topics.map(self.known) }

    func known(_ topic: Topic) -> Topic {
        self.subscriptions.index(forKey: topic).map { self.subscriptions[$0].key } ?? topic
    }

    /// How many subscribers of this loop have the topic.
    package func subscribers(of topic: Topic) -> Int { self.subscriptions[topic] ?? 0 }

    func cohort(_ key: Cohort.Key, format: (any WireFormat)?) -> Cohort {
        if let cohort = self.cohorts[key] { return cohort }
        let cohort = Cohort(key: key, format: format)
        self.cohorts[key] = cohort
        for topic in key.topics { self.cohortsByTopic[topic, default: []].append(cohort) }
        return cohort
    }

    /// Called when someone has left it.
    func abandonIfEmpty(_ cohort: Cohort) {
        guard cohort.isEmpty else { return }
        self.cohorts[cohort.key] = nil
        for topic in cohort.key.topics {
            self.cohortsByTopic[topic]?.removeAll { $0 === cohort }
            if self.cohortsByTopic[topic]?.isEmpty == true { self.cohortsByTopic[topic] = nil }
        }
    }
}

/// Who wants what.
package struct SubscribeRequest: Sendable {
    package var id: SubscriberID
    package var topics: [(topic: Topic, start: StartPoint)]
    /// `nil`: the outlet takes publications, not bytes.
    package var format: (any WireFormat)?

    package init(
        id: SubscriberID = .random(),
        topics: [(topic: Topic, start: StartPoint)],
        format: (any WireFormat)? = nil
    ) {
        self.id = id
        self.topics = topics
        self.format = format
    }
}
