import HalleyHub

/// How clients come, go, and come back.
extension Run {
    // MARK: - Going

    /// The connection breaks, maybe with something on its way.
    func cut(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        self.ledger.coverage[.cut] += 1
        if !connection.subscriber.isLive { self.ledger.coverage[.cutWhileCatchingUp] += 1 }
        connection.outlet.cut()
        self.end(client)
    }

    private func end(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        let lost = self.random.chance(50) ? 0 : self.random.below(connection.model.events.count + 1)
        if lost > 0 { self.ledger.coverage[.lostTail] += 1 }
        self.ledger.note("client \(client.model.number) is cut, the last \(lost) events never came")
        connection.model.end(losing: lost)
        self.ledger.expect(!connection.subscriber.isLive, "client \(client.model.number) is live after its end")
        client.connection = nil
    }

    /// Connections that ended by themselves.
    func dropEnded() {
        for client in self.clients {
            guard let outlet = client.connection?.outlet, outlet.isDead else { continue }
            if outlet.endedBy == .slowReader { self.ledger.coverage[.disconnected] += 1 }
            self.end(client)
        }
    }

    // MARK: - Coming

    func attach(_ client: SimulatedClient) {
        if client.connection != nil { return }
        let topics = client.model.topics
        if client.model.cursor == nil || topics.isEmpty || self.random.chance(15) { return self.begin(client) }
        self.resume(client)
    }

    /// A life of its own: what it had before counts no more than by the cursors that it gives.
    private func begin(_ client: SimulatedClient) {
        let topics = self.someTopics(random.pick(1...self.plan.topics.count))
        let shard = self.random.pick(self.shards)
        self.connect(client, to: shard, topics.map { self.randomStart($0, of: client, on: shard) })
    }

    /// Comes back with the last id that it received.
    func resume(_ client: SimulatedClient) {
        let shard =
            self.random.chance(60) ? self.shards[client.model.shard % self.shards.count] : self.random.pick(self.shards)
        var topics = client.model.topics
        if self.random.chance(15) { topics = TopicSet(topics.filter { _ in self.random.chance(70) }) }
        let dropped = topics != client.model.topics
        var asked = self.ownStarts(topics, of: client, on: shard)
        if self.random.chance(15) {
            for topic in self.someTopics(self.random.pick(1...3)) where !topics.contains(topic) {
                asked.append(self.randomStart(topic, of: client, on: shard))
            }
        }
        self.countResume(client, shard)
        // What other topics have brought is known as long as one cursor is given for all.
        if asked.count > topics.count { for index in asked.indices { asked[index].starting.broughtAfter = nil } }
        let hasOthers = dropped || asked.count > topics.count
        if hasOthers { self.ledger.coverage[.resumeWithOtherTopics] += 1 }
        if self.random.chance(15) {
            self.softenResume(client, topics, isPlain: false)
            self.resumeByJoin(client, asked, own: topics, on: shard)
        } else {
            self.softenResume(client, topics, isPlain: !hasOthers)
            self.connect(client, to: shard, asked)
        }
    }

    /// Some topics at once, the others by joining.
    private func resumeByJoin(_ client: SimulatedClient, _ asked: [Asked], own: TopicSet, on shard: SimulatedShard) {
        self.ledger.coverage[.resumeByJoin] += 1
        let count = self.random.below(max(1, asked.count))
        if count == 0 { self.ledger.coverage[.startWithoutTopics] += 1 }
        let first =
            count > own.count
            ? Array(asked.prefix(count)) : self.ownStarts(TopicSet(own.prefix(count)), of: client, on: shard)
        self.connect(client, to: shard, first)
        let rest = asked.dropFirst(count).map { one in
            var one = one
            one.starting.broughtAfter = nil
            return one
        }
        self.join(client, rest)
    }

    private func countResume(_ client: SimulatedClient, _ shard: SimulatedShard) {
        let cursor = client.model.cursor!
        self.ledger.coverage[.resume] += 1
        if shard.number != client.model.shard { self.ledger.coverage[.resumeElsewhere] += 1 }
        guard cursor.epoch == self.ledger.epoch else { return }
        if cursor.sequence > shard.hub.deliveredThrough { self.ledger.coverage[.resumeAheadOfShard] += 1 }
        if cursor.hasLateMarks { self.ledger.coverage[.resumeWithLateMarks] += 1 }
        if cursor.marks.contains(where: { $0.kind == .start }) { self.ledger.coverage[.resumeWithStartMarks] += 1 }
    }

    /// With late topics about, a cursor knows what the others have brought only as long as they are the same, and all
    /// come back in one request.
    private func softenResume(_ client: SimulatedClient, _ topics: TopicSet, isPlain: Bool) {
        guard !isPlain, let cursor = client.model.cursor, cursor.epoch == self.ledger.epoch else { return }
        let reading = CursorReading(cursor, topics: topics, in: self.ledger.log)
        guard !reading.late.isEmpty, client.model.highest > 0 else { return }
        for sequence in 1...client.model.highest where client.model.has(sequence) {
            let publication = self.ledger.log.publication(sequence)
            guard publication.topics.count > 1 else { continue }
            guard (publication.topics & reading.late).contains(where: { reading.seen[$0] < sequence }) else { continue }
            client.model.allowAgain(sequence)
            self.ledger.coverage[.mayComeAgain] += 1
        }
    }

    private func connect(_ client: SimulatedClient, to shard: SimulatedShard, _ asked: [Asked]) {
        let model = ModelConnection(client: client.model, shard: shard.hub, ledger: self.ledger)
        let outlet = SimulatedOutlet(
            model: model, format: client.format, temper: self.temper(), seed: self.random.next(), ledger: self.ledger)
        for one in asked { model.starting[one.topic] = one.starting }
        model.attaching = TopicSet(asked.map(\.topic))
        self.ledger.coverage[.attach] += 1
        self.ledger.note("client \(client.model.number) attaches to \(shard.number): \(asked)")
        client.model.shard = shard.number
        let request = SubscribeRequest(id: client.model.id, topics: self.topics(asked), format: client.format)
        let subscriber = shard.hub.attach(request, outlet: outlet)
        if outlet.isDead { subscriber.detach() } else { outlet.subscriber = subscriber }
        client.connection = SimulatedClient.Connection(outlet: outlet, model: model, subscriber: subscriber)
    }

    private func temper() -> SimulatedOutlet.Temper {
        if self.isCalm { return .calm }
        guard self.random.chance(self.plan.slowOutlets) else {
            return SimulatedOutlet.Temper(slowness: 0, drainsInside: 0, diesInside: self.random.chance(20) ? 2 : 0)
        }
        return SimulatedOutlet.Temper(
            slowness: self.random.pick(2...60), drainsInside: self.random.pick([0, 0, 50]),
            diesInside: self.random.pick([0, 0, 2]))
    }

    private func topics(_ asked: [Asked]) -> [(topic: Topic, start: StartPoint)] {
        asked.map { (self.plan.topics[$0.topic], $0.start) }
    }

    // MARK: - Joining and leaving

    func join(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        let shard = self.shards[client.model.shard]
        let topics = self.someTopics(self.random.pick(1...3)).filter {
            !connection.model.topics.contains($0) && connection.model.starting[$0] == nil
        }
        self.join(client, topics.map { self.randomStart($0, of: client, on: shard) })
    }

    private func join(_ client: SimulatedClient, _ asked: [Asked]) {
        guard let connection = client.connection, !connection.outlet.isDead, !asked.isEmpty else { return }
        for one in asked { connection.model.starting[one.topic] = one.starting }
        self.ledger.note("client \(client.model.number) joins \(asked)")
        connection.subscriber.join(self.topics(asked))
    }

    func leave(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        let topics = self.someTopics(self.random.pick(1...3))
        self.ledger.note("client \(client.model.number) leaves \(topics)")
        if !connection.subscriber.isLive { self.ledger.coverage[.leaveWhileCatchingUp] += 1 }
        if self.engine.hasPending { self.ledger.coverage[.leaveWhileReading] += 1 }
        connection.model.leave(TopicSet(topics))
        connection.subscriber.leave(topics.map { self.plan.topics[$0] })
    }

    /// Different topics, in any order.
    private func someTopics(_ count: Int) -> [Int] {
        var all = Array(self.plan.topics.indices)
        return (0..<min(count, all.count)).map { _ in all.remove(at: self.random.below(all.count)) }
    }
}
