import HalleyHub

/// One connection as the model sees it: what it is owed, and whether what it gets is that.
final class ModelConnection {
    /// Something that the client received, so that a cut can take it back.
    struct Event {
        var id: Cursor
        var topics: TopicSet
        /// What was received; 0 for a notice.
        var sequence: UInt64
        /// It had come before, on an earlier connection or this one.
        var isRepeated = false
        /// What was to come anew from here on.
        var askedAnew: [AskedAnew] = []
    }

    struct AskedAnew {
        var sequence: UInt64
        /// It might have come twice even before.
        var mightRepeat: Bool
    }

    let ledger: Ledger
    let client: ModelClient
    unowned let shard: HubShard
    /// Topics that count, and those of them that are behind the others.
    var topics = TopicSet()
    var late = TopicSet()
    /// Nothing of a topic up to here is owed through it.
    var from: [UInt64]
    /// What a topic is known to have brought lies after this.
    var broughtAfter: [UInt64]
    var starting: [Starting?]
    /// Those of the starting topics that the hello will stand for.
    var attaching = TopicSet()
    var hasHello = false
    var events: [Event] = []
    /// To be put down with the next event.
    var askedAnew: [AskedAnew] = []
    /// Topics have come or gone, so the policy is uncertain.
    var hasChangedTopics = false
    /// The id of a gap that was told before the topics count.
    var gapID: Cursor?
    /// The hello has come; whether a gap follows it is still open.
    var hello: Cursor?
    /// What the last id says; ids never go back.
    var seen: [UInt64]
    private var newestMain: UInt64 = 0
    private var newestLate: UInt64 = 0
    /// Everything owed up to here was seen to have come.
    var checkedThrough: UInt64 = 0

    init(client: ModelClient, shard: HubShard, ledger: Ledger) {
        self.client = client
        self.shard = shard
        self.ledger = ledger
        self.from = ledger.log.topics.map { _ in 0 }
        self.seen = self.from
        self.broughtAfter = self.from
        self.starting = ledger.log.topics.map { _ in nil }
    }

    var name: String { "client \(self.client.number)" }

    /// Whether topics are waiting to count.
    var startingTopics: TopicSet { TopicSet(self.starting.indices.filter { self.starting[$0] != nil }) }

    func isOwed(_ publication: ModelPublication) -> Bool {
        if publication.excludes(self.client.number) { return false }
        return (publication.topics & self.topics).contains { self.from[$0] < publication.sequence }
    }

    // MARK: - What comes

    func got(_ publication: Publication, id: Cursor) {
        let sequence = publication.sequence
        self.ledger.note("\(self.name) gets \(sequence) with \(id)")
        self.settleHello()
        guard publication.epoch == self.ledger.epoch, sequence >= 1, sequence <= self.ledger.log.newest else {
            return self.ledger.object("\(self.name) got a publication of another log")
        }
        let published = self.ledger.log.publication(sequence)
        self.ledger.expect(self.hasHello, "\(self.name) got \(sequence) before its hello")
        self.ledger.expect(
            self.ledger.isWide || self.isOwed(published), "\(self.name) got \(sequence), which it is not owed")
        self.expectOnce(sequence)
        self.expectInOrder(published)
        let isRepeated = self.client.has(sequence)
        self.client.receive(sequence)
        self.count(published)
        self.received(id, sequence: sequence)
        self.events[self.events.count - 1].isRepeated = isRepeated
    }

    private func expectOnce(_ sequence: UInt64) {
        guard self.client.has(sequence) else { return }
        if self.client.mayGetAgain(sequence) {
            self.ledger.coverage[.cameAgain] += 1
            return
        }
        self.ledger.expect(self.ledger.isWide, "\(self.name) got \(sequence) twice")
    }

    /// Log order; late topics have an order of their own.
    private func expectInOrder(_ publication: ModelPublication) {
        let sequence = publication.sequence
        let others = publication.topics & (self.topics - self.late)
        // Where marks find no place it is uncertain which of the two it is.
        if self.ledger.isWide, !self.late.isEmpty { return }
        let isOfOthers = others.contains { self.from[$0] < sequence } && sequence > self.newestMain
        if self.late.isEmpty || isOfOthers {
            self.ledger.expect(sequence > self.newestMain, "\(self.name) got \(sequence) after \(self.newestMain)")
            self.newestMain = sequence
        } else {
            self.ledger.expect(sequence > self.newestLate, "\(self.name) got \(sequence) late after \(self.newestLate)")
            self.newestLate = sequence
            self.ledger.coverage[.lateDelivery] += 1
        }
    }

    /// Late topics begin an order of their own.
    func beginLate(_ topics: TopicSet) {
        self.late = topics
        self.newestLate = 0
    }

    private func count(_ publication: ModelPublication) {
        self.ledger.coverage[.delivery] += 1
        if (publication.topics & self.topics).count > 1 { self.ledger.coverage[.multiTopicDelivery] += 1 }
        if publication.sequence <= self.shard.deliveredThrough { self.ledger.coverage[.replayedDelivery] += 1 }
    }

    // MARK: - How it ends

    /// It has said back the client's cursor, and died before it could tell of the gap that must follow.
    private var isOwedGap: Bool {
        self.gapID == nil
            && self.attaching.contains { topic in
                switch self.starting[topic]?.point {
                case .gap: true
                case .after(let sequence, _): sequence > self.ledger.log.newest
                case .now, .earliest, .last, nil: false
                }
            }
    }

    /// The connection is gone, and the last `lost` events never arrived.
    func end(losing lost: Int) {
        if !self.isOwedGap { self.settleHello() }
        let lost = min(lost, self.events.count)
        for event in self.events.suffix(lost).reversed() {
            if event.isRepeated {
                self.client.allowAgain(event.sequence)
            } else if event.sequence > 0 {
                self.client.forget(event.sequence)
            }
            for anew in event.askedAnew {
                self.client.receive(anew.sequence)
                if anew.mightRepeat { self.client.allowAgain(anew.sequence) }
            }
        }
        self.events.removeLast(lost)
        guard let last = self.events.last else { return }
        self.client.cursor = last.id
        self.client.topics = last.topics
    }
}
