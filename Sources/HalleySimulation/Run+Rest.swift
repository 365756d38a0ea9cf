import HalleyHub
import Synchronization

/// The end of a run: everything comes to rest, and everyone must have everything.
extension Run {
    func comeToRest() {
        guard self.ledger.failure == nil else { return }
        self.ledger.note("comes to rest")
        self.engine.stopFailing()
        self.isCalm = true
        // What was to fail fails now.
        self.calmDown()
        while self.engine.hasPending { self.engine.completeOne() }
        for shard in self.shards where shard.isDue { self.drain(shard) }
        self.dropEnded()
        for client in self.clients where client.connection == nil && client.model.cursor != nil { self.resume(client) }
        self.settle()
        for client in self.clients { self.checkAtRest(client) }
        self.checkCounts()
        self.checkEngine()
    }

    private func calmDown() {
        for client in self.clients { client.connection?.outlet.calmDown() }
    }

    /// Only what was asked for happens: a turn that nobody asked for would hide that nobody did.
    private func settle() {
        for _ in 0..<10_000 where self.ledger.failure == nil {
            var isAtRest = true
            while self.engine.hasPending {
                self.engine.completeOne()
                isAtRest = false
            }
            for shard in self.shards where shard.isDue {
                self.drain(shard)
                isAtRest = false
            }
            for client in self.clients where client.connection?.outlet.isWritable == false {
                client.connection?.outlet.becomeWritable()
                isAtRest = false
            }
            self.checkEngine()
            self.checkCursors()
            if isAtRest { return }
        }
        self.ledger.object("it does not come to rest")
    }

    private func checkAtRest(_ client: SimulatedClient) {
        guard self.ledger.failure == nil, let connection = client.connection else { return }
        let name = connection.model.name
        self.ledger.expect(!connection.outlet.isDead, "\(name) was ended at rest")
        self.ledger.expect(connection.subscriber.isLive, "\(name) is not live at rest")
        self.ledger.expect(connection.model.startingTopics.isEmpty, "\(name) still waits for topics")
        self.ledger.expect(connection.model.late.isEmpty, "\(name) still has late topics")
        let topics = self.ledger.set(of: connection.subscriber.topics)
        self.ledger.expect(topics == connection.model.topics, "\(name) has the topics \(topics.bits)")
        let cursor = connection.subscriber.cursor
        let end = Cursor(epoch: self.ledger.epoch, sequence: self.ledger.log.newest)
        self.ledger.expect(cursor == end, "\(name) rests at \(String(describing: cursor))")
        connection.model.look(at: end)
    }

    /// Nobody is counted who is not there.
    private func checkCounts() {
        for shard in self.shards {
            let own = self.clients.filter { $0.connection != nil && $0.model.shard == shard.number }
            let count = shard.counters.subscribers.load(ordering: .relaxed)
            self.ledger.expect(count == own.count, "shard \(shard.number) counts \(count) instead of \(own.count)")
            for (number, topic) in self.plan.topics.enumerated() {
                let count = shard.hub.subscribers(of: topic)
                let expected = own.count { $0.connection!.model.topics.contains(number) }
                self.ledger.expect(count == expected, "\(topic) counts \(count) instead of \(expected)")
            }
        }
    }
}
