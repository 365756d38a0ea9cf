import HalleyHub

/// A connection that takes a drawn number of writes before it is slow. What it is handed goes to the model.
final class SimulatedOutlet: SubscriberOutlet {
    /// What a write does to a connection besides filling it.
    struct Temper {
        /// Percent of the writes by which it fills up.
        var slowness: Int
        /// Percent of its fillings that drain at once, inside the write.
        var drainsInside: Int
        /// Percent of the writes inside of which it dies.
        var diesInside: Int

        static let calm = Temper(slowness: 0, drainsInside: 0, diesInside: 0)
    }

    let model: ModelConnection
    let format: SimulatedFormat?
    var subscriber: Subscriber?
    private(set) var isWritable = true
    private(set) var isDead = false
    private(set) var endedBy: CloseReason?
    private var temper: Temper
    private var random: SeededRandom
    private var writesWhileSlow = 0
    private var lastTurn = 0
    private let ledger: Ledger

    init(model: ModelConnection, format: SimulatedFormat?, temper: Temper, seed: UInt64, ledger: Ledger) {
        self.model = model
        self.format = format
        self.temper = temper
        self.random = SeededRandom(seed: seed)
        self.ledger = ledger
    }

    func deliver(_ batch: DeliveryBatch) {
        if self.isDead { return self.ledger.object("client \(self.model.client.number) got a batch after its end") }
        if let format = self.format {
            self.ledger.expect(format.wrote(batch), "the frames are not those of the batch")
        }
        if !self.isWritable { self.writesWhileSlow += 1 }
        // One that came live before it was seen to be slow, and one page that was under way.
        self.ledger.expect(self.writesWhileSlow <= 2, "\(self.writesWhileSlow) writes to a slow connection")
        self.countTurn(batch)
        for (index, publication) in batch.publications.enumerated() {
            self.model.got(publication, id: batch.id(at: index))
        }
        self.wrote()
    }

    /// Two live batches in one turn.
    private func countTurn(_ batch: DeliveryBatch) {
        guard let first = batch.publications.first, first.sequence > self.model.shard.deliveredThrough else { return }
        if self.lastTurn == self.ledger.turn { self.ledger.coverage[.longTurn] += 1 }
        self.lastTurn = self.ledger.turn
    }

    func notify(_ notice: Notice) {
        if self.isDead { return self.ledger.object("client \(self.model.client.number) got a notice after its end") }
        self.model.got(notice)
        self.wrote()
    }

    func end(_ reason: CloseReason) {
        self.ledger.note("client \(self.model.client.number) is ended: \(reason)")
        self.isDead = true
        self.endedBy = reason
        self.subscriber = nil
    }

    func paceChanged(isLive: Bool) {
        self.ledger.note("client \(self.model.client.number) is \(isLive ? "live" : "slow")")
        self.ledger.coverage[isLive ? .turnedLive : .rewound] += 1
    }

    private func wrote() {
        if self.subscriber != nil, self.random.chance(self.temper.diesInside) { return self.die() }
        guard self.isWritable, self.random.chance(self.temper.slowness) else { return }
        self.isWritable = false
        if self.random.chance(self.temper.drainsInside) {
            self.ledger.coverage[.writableInside] += 1
            self.becomeWritable()
        } else {
            self.ledger.note("client \(self.model.client.number) is full")
        }
    }

    private func die() {
        self.ledger.note("client \(self.model.client.number) dies inside a write")
        self.ledger.coverage[.diedInside] += 1
        self.isDead = true
        let subscriber = self.subscriber
        self.subscriber = nil
        subscriber?.detach()
    }

    func becomeWritable() {
        self.isWritable = true
        self.writesWhileSlow = 0
        self.subscriber?.outletBecameWritable()
    }

    /// From here on it takes everything.
    func calmDown() {
        self.temper = .calm
        if !self.isWritable { self.becomeWritable() }
    }

    /// The run has cut it.
    func cut() {
        self.isDead = true
        let subscriber = self.subscriber
        self.subscriber = nil
        subscriber?.detach()
    }
}
