import HalleyHub
import NIOCore

/// One run: a log, some shards and clients, and steps drawn from the seed. What comes out of the hub goes to the model.
final class Run {
    let plan: RunPlan
    let ledger: Ledger
    let clock = SimulatedClock()
    let clients: [SimulatedClient]
    var random: SeededRandom
    /// From here on every connection takes everything.
    var isCalm = false
    private(set) var engine: SimulatedEngine
    private(set) var shards: [SimulatedShard] = []

    init(seed: UInt64, isTracing: Bool) {
        var random = SeededRandom(seed: seed)
        let plan = RunPlan(&random)
        let epoch = random.next()
        self.plan = plan
        self.ledger = Ledger(
            log: ModelLog(topics: plan.topics, rules: plan.rules), epoch: epoch, clock: self.clock, isWide: plan.isWide,
            isTracing: isTracing)
        self.clients = (0..<plan.clients).map { number in
            let identity = random.pick([nil, nil, "x", "y"])
            return SimulatedClient(number: number, format: identity.map(SimulatedFormat.init))
        }
        self.engine = Self.engine(plan, epoch: epoch, clock: self.clock, seed: random.next())
        self.random = random
    }

    private static func engine(_ plan: RunPlan, epoch: UInt64, clock: SimulatedClock, seed: UInt64) -> SimulatedEngine {
        let base = MemoryEngine(rules: plan.rules, epoch: epoch, clock: { clock.logTime })
        return SimulatedEngine(base: base, plan: plan, seed: seed)
    }

    func perform() {
        self.ledger.note("\(self.plan)")
        self.openHub()
        while self.ledger.step < self.plan.steps, self.ledger.failure == nil {
            self.ledger.step += 1
            self.takeStep()
            self.checkEngine()
        }
        self.comeToRest()
        self.ledger.coverage.add(self.ledger.log.evicted)
        self.ledger.coverage.add(self.engine.counts)
        self.closeHub()
    }

    private func openHub() {
        if self.plan.hasPast { for _ in 0..<5 { self.publish() } }
        self.shards = (0..<self.plan.shards).map { SimulatedShard(number: $0, engine: self.engine, plan: self.plan) }
        let newest = self.engine.base.begin(delivering: Inboxes(self.shards.map(\.hub.inbox)))
        for shard in self.shards { shard.hub.begin(at: newest) }
    }

    /// A hub and its subscribers know each other: nobody may stay, or they would keep each other in memory.
    private func closeHub() {
        for client in self.clients {
            client.connection?.outlet.cut()
            client.connection = nil
        }
        while self.engine.hasPending { self.engine.completeOne() }
        for shard in self.shards { shard.drain() }
        self.shards = []
    }

    /// A clean restart of the memory engine: every connection is gone, and the log begins anew.
    func restart() {
        self.ledger.note("restart")
        self.ledger.coverage[.restart] += 1
        for client in self.clients {
            self.cut(client)
            client.model.restart()
        }
        self.ledger.coverage.add(self.engine.counts)
        self.closeHub()
        let epoch = self.random.next()
        self.ledger.restart(epoch: epoch)
        self.engine = Self.engine(self.plan, epoch: epoch, clock: self.clock, seed: self.random.next())
        self.openHub()
    }

    // MARK: - Checks

    /// The log holds what the model says, and has answered so.
    func checkEngine() {
        let answers = self.engine.takeAnswers()
        if !answers.isEmpty || self.ledger.hasExpired { self.expire() }
        for (query, page) in answers {
            guard let objection = self.ledger.log.objection(to: page, for: query) else { continue }
            self.ledger.object("a page for \(query): \(objection)")
        }
        for (rule, bytes) in self.engine.base.bytesByRule.enumerated() {
            let budget = self.plan.rules.all[rule].budget ?? 0
            self.ledger.expect(
                self.ledger.log.isWithin(budget, rule: rule), "rule \(rule) holds \(bytes) of \(budget) bytes")
            let expected = self.ledger.log.bytes(rule: rule)
            self.ledger.expect(bytes == expected, "rule \(rule) holds \(bytes) bytes instead of \(expected)")
        }
    }

    /// A heartbeat at any moment must be true, too.
    func checkCursors() {
        for client in self.clients {
            guard let connection = client.connection, let cursor = connection.subscriber.cursor else { continue }
            connection.model.look(at: cursor)
        }
    }
}
