import HalleyHub
import NIOCore

/// What can happen next.
extension Run {
    private enum Step: CaseIterable {
        case publish, drain, attach, cut, join, leave, makeWritable, heartbeat, complete, pass, expire, forget, restart

        var weight: Int {
            switch self {
            case .publish: 260
            case .drain: 220
            case .attach: 160
            case .cut: 50
            case .join: 60
            case .leave: 30
            case .makeWritable: 80
            case .heartbeat: 40
            case .complete: 120
            case .pass: 50
            case .expire: 10
            case .forget: 10
            case .restart: 2
            }
        }

        static let total = Self.allCases.reduce(0) { $0 + $1.weight }

        static func draw(_ random: inout SeededRandom) -> Step {
            var left = random.below(self.total)
            for step in self.allCases {
                if left < step.weight { return step }
                left -= step.weight
            }
            return .publish
        }
    }

    func takeStep() {
        switch Step.draw(&self.random) {
        case .publish: self.publish()
        case .drain: self.drain(self.random.pick(self.shards))
        case .attach: self.attach(self.random.pick(self.clients))
        case .cut: self.cut(self.random.pick(self.clients))
        case .join: self.join(self.random.pick(self.clients))
        case .leave: self.leave(self.random.pick(self.clients))
        case .makeWritable: self.makeWritable(self.random.pick(self.clients))
        case .heartbeat: self.beat(self.random.pick(self.clients))
        case .complete: self.engine.completeOne()
        case .pass: self.clock.advance(by: Int64(self.random.pick(1...30)))
        case .expire: self.expire()
        case .forget: self.forget()
        case .restart: self.restart()
        }
        self.dropEnded()
        self.checkCursors()
    }

    // MARK: - The log

    func publish() {
        let count = self.random.chance(80) ? 1 : self.random.pick(2...6)
        let drafts = (0..<count).map { _ in self.draft() }
        let first = self.ledger.log.newest + 1
        self.ledger.expire()
        for draft in drafts {
            self.ledger.log.append(
                topics: draft.topics, excluded: draft.excluded, cost: draft.cost,
                size: draft.bytes + Publication.framing, at: self.clock.now)
            self.ledger.note("publish \(self.ledger.log.publications.last!)")
        }
        self.ledger.coverage[.publication] += count
        self.engine.publish(drafts.map(\.draft)) { [epoch = self.ledger.epoch] result in
            guard case .success(let ids) = result else { preconditionFailure("the memory engine refuses nothing") }
            let expected = ids.indices.map { Cursor(epoch: epoch, sequence: first + UInt64($0)) }
            precondition(ids == expected, "published as \(ids) instead of \(expected)")
        }
    }

    private struct Draft {
        var topics: [Int]
        var excluded: UInt32
        var bytes: Int
        var draft: PublicationDraft

        /// Names are short here, and so take no memory of their own.
        var cost: Int {
            Publication.overhead + self.draft.content.data.storageCapacity
                + self.draft.excluding.count * 2 * MemoryLayout<SubscriberID>.size
        }
    }

    private func draft() -> Draft {
        var topics: [Int] = []
        for _ in 0..<(self.random.chance(70) ? 1 : self.random.pick(2...3)) {
            let topic = self.random.below(self.plan.topics.count)
            if !topics.contains(topic) { topics.append(topic) }
        }
        var excluded: UInt32 = 0
        if self.random.chance(15) {
            excluded = UInt32(truncatingIfNeeded: self.random.next()) & UInt32(1 << self.clients.count - 1)
            self.ledger.coverage[.exclusion] += excluded.nonzeroBitCount
        }
        let bytes = self.bytes()
        let ids = self.clients.indices.filter { excluded & (1 << UInt32($0)) != 0 }.map { self.clients[$0].model.id }
        do {
            let draft = try PublicationDraft(
                topics: topics.map { self.plan.topics[$0] },
                content: .binary(Self.payload.getSlice(at: 0, length: bytes)!),
                excluding: Set(ids))
            return Draft(topics: topics, excluded: excluded, bytes: bytes, draft: draft)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private func bytes() -> Int {
        if self.random.chance(self.plan.hasLongPublications ? 50 : 80) { return self.random.below(40) }
        return self.random.below(self.plan.hasLongPublications ? 200_000 : 600)
    }

    /// All data is a slice of this.
    private static let payload = ByteBuffer(repeating: 0x78, count: 200_000)

    func expire() {
        self.engine.expire()
        self.ledger.expire()
        self.ledger.hasExpired = false
    }

    private func forget() {
        let topic = self.random.below(self.plan.topics.count)
        self.ledger.note("forget \(topic)")
        let expected = self.ledger.log.forget(topic)
        self.engine.forget([self.plan.topics[topic]]) { result in
            guard case .success(expected) = result else {
                preconditionFailure("forgot \(result) instead of \(expected)")
            }
        }
    }

    // MARK: - The loops

    func drain(_ shard: SimulatedShard) {
        self.ledger.note("drain \(shard.number)")
        self.ledger.turn += 1
        shard.drain()
        self.checkCursors()
    }

    private func makeWritable(_ client: SimulatedClient) {
        guard let outlet = client.connection?.outlet, !outlet.isWritable else { return }
        self.ledger.note("client \(client.model.number) reads again")
        outlet.becomeWritable()
    }

    private func beat(_ client: SimulatedClient) {
        guard let connection = client.connection, let cursor = connection.subscriber.cursor else { return }
        self.ledger.note("client \(client.model.number) beats \(cursor)")
        self.ledger.coverage[.heartbeat] += 1
        connection.model.settleHello()
        connection.model.received(cursor)
    }
}
