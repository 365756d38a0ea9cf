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
    private var formats = SharedFormats()
    /// Those that the subscribers of the shard have.
    private var topics: [Topic: LocalTopic] = [:]
    private var names = TopicNames()
    /// Asked for once more, mostly.
    private var lastTopic: LocalTopic?
    /// Without those that their one topic knows.
    private var cohorts: [Cohort.Key: Cohort] = [:]
    private var touched: [Cohort] = []
    /// Those that go on catching up after the next drain.
    private var waiting: [Subscriber] = []
    private var requests: [UInt64: Subscriber] = [:]
    private var lastRequest: UInt64 = 0
    private(set) var isDraining = false

    /// - Parameter frames: shared with the other loops.
    package init(
        engine: any Engine, rules: TopicRules, inbox: Inbox, counters: ShardCounters,
        frames: SharedFrames = SharedFrames()
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
        if self.waiting.isEmpty { return }
        let waiting = self.waiting
        self.waiting.removeAll(keepingCapacity: true)
        for subscriber in waiting { subscriber.goOn() }
    }

    private func route(_ publication: Publication) {
        for topic in publication.topics {
            guard let local = self.local(topic) else { continue }
            for cohort in local.cohorts where cohort.enqueue(publication) { self.touched.append(cohort) }
        }
    }

    private func flush() {
        var deliveries = 0
        // In its place: a copy would need a new list for the next turn.
        for index in self.touched.indices { deliveries += self.touched[index].flush(&self.frames) }
        self.touched.removeAll(keepingCapacity: true)
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
        let format = request.format.map { self.formats.shared($0) }
        let subscriber = Subscriber(id: request.id, format: format, shard: self, outlet: outlet)
        self.counters.subscribers.add(1, ordering: .relaxed)
        subscriber.begin(request.topics)
        return subscriber
    }

    func detached(_ subscriber: Subscriber) {
        self.counters.subscribers.subtract(1, ordering: .relaxed)
    }

    // MARK: - Topics

    private func local(_ topic: Topic) -> LocalTopic? {
        if let lastTopic, lastTopic.topic == topic { return lastTopic }
        guard let local = self.topics[topic] else { return nil }
        self.lastTopic = local
        return local
    }

    /// A subscriber has the topic from now on.
    func take(_ topic: Topic) -> LocalTopic {
        let local = self.local(topic) ?? self.add(topic)
        local.subscribers += 1
        return local
    }

    private func add(_ topic: Topic) -> LocalTopic {
        let local = LocalTopic(topic, self.rules.slowReaders(of: topic))
        self.topics[topic] = local
        self.names.insert(topic)
        self.lastTopic = local
        return local
    }

    /// A subscriber has the topic no more.
    func giveBack(_ local: LocalTopic) {
        local.subscribers -= 1
        self.forgetIfUnused(local)
    }

    func giveBack(_ topic: Topic) { if let local = self.local(topic) { self.giveBack(local) } }

    private func forgetIfUnused(_ local: LocalTopic) {
        guard local.isUnused else { return }
        self.topics[local.topic] = nil
        self.names.remove(local.topic)
        if self.lastTopic === local { self.lastTopic = nil }
    }

    /// The same topics, by the names that the shard holds already: one string for all who have the topic, and one list
    /// for all who have no other.
    package func known(_ topics: [Topic]) -> [Topic] {
        if topics.count == 1 { return self.local(topics[0])?.list ?? topics }
        return topics.map { self.local($0)?.topic ?? $0 }
    }

    /// How many subscribers of this loop have the topic.
    package func subscribers(of topic: Topic) -> Int { self.local(topic)?.subscribers ?? 0 }

    /// Topics that subscribers of this loop have, sorted by name, with how many.
    package func topics(_ query: TopicQuery) -> [(topic: Topic, subscribers: Int)] {
        self.names.page(query).map { ($0, self.topics[$0]?.subscribers ?? 0) }
    }

    /// How many topics the loop knows: those that its subscribers have.
    package var topicCount: Int { self.topics.count }

    // MARK: - Cohorts

    /// - Parameter only: set for one whose ids are its own.
    func cohort(of interests: Interests, in format: SharedFormat?, only: SubscriberID?) -> Cohort {
        let plain = only == nil ? interests.only : nil
        if let cohort = plain?.cohort(in: format) { return cohort }
        let key = Cohort.Key(topics: interests.topics, format: format?.identity, only: only)
        let isListed = plain.map { $0.cohorts.count >= LocalTopic.maximumScan } ?? true
        if isListed, let cohort = self.cohorts[key] { return cohort }
        let cohort = Cohort(key: key, format: format, isListed: isListed, only: interests.only)
        if isListed { self.cohorts[key] = cohort }
        for element in interests { element.local.add(cohort) }
        return cohort
    }

    /// Called when someone has left it.
    func abandonIfEmpty(_ cohort: Cohort) {
        guard cohort.isEmpty else { return }
        if cohort.isListed { self.cohorts[cohort.key] = nil }
        if let local = cohort.onlyTopic { return self.abandon(cohort, in: local) }
        for topic in cohort.key.topics {
            if let local = self.local(topic) { self.abandon(cohort, in: local) }
        }
    }

    private func abandon(_ cohort: Cohort, in local: LocalTopic) {
        local.remove(cohort)
        self.forgetIfUnused(local)
    }
}

/// Who wants what.
package struct SubscribeRequest: Sendable {
    package var id: SubscriberID
    /// Each once.
    package let topics: [(topic: Topic, start: StartPoint)]
    /// `nil`: the outlet takes publications, not bytes.
    package var format: (any WireFormat)?

    /// - Parameter topics: of a topic that is named twice the first counts.
    package init(
        id: SubscriberID = .random(),
        topics: [(topic: Topic, start: StartPoint)],
        format: (any WireFormat)? = nil
    ) {
        self.id = id
        self.topics = topics.uniqued(by: \.topic)
        self.format = format
    }
}
