import HalleyHub

/// What a client asks for in one topic: as the hub is told, and as the model keeps it.
struct Asked: CustomStringConvertible {
    var topic: Int
    var start: StartPoint
    var starting: Starting

    var description: String { "\(self.topic) \(self.start)" }
}

extension Run {
    /// All topics after the client's own cursor.
    func ownStarts(_ topics: TopicSet, of client: SimulatedClient, on shard: SimulatedShard) -> [Asked] {
        let cursor = client.model.cursor!
        guard cursor.epoch == self.ledger.epoch else {
            return topics.map { self.asked($0, .after(cursor), .gap(.epoch), given: cursor.description, shard) }
        }
        let reading = CursorReading(cursor, topics: topics, in: self.ledger.log)
        return topics.map { topic in
            let point = Starting.Point.after(reading.seen[topic], isOwn: true)
            var asked = self.asked(topic, .after(cursor), point, given: cursor.description, shard)
            asked.starting.broughtAfter = reading.broughtAfter[topic]
            return asked
        }
    }

    /// A word, any cursor, or none.
    func randomStart(_ topic: Int, of client: SimulatedClient, on shard: SimulatedShard) -> Asked {
        let newest = self.ledger.log.newest
        switch self.random.below(20) {
        case 0...5: return self.asked(topic, .now, .now, shard)
        case 6...8: return self.asked(topic, .earliest, .earliest, shard)
        case 9...10:
            let count = self.random.below(5)
            return self.asked(topic, .last(count), .last(count), shard)
        case 11: return self.asked(topic, .malformed("?"), .gap(.malformed), given: "?", shard)
        case 12:
            let cursor = Cursor(epoch: self.ledger.epoch &+ 1, sequence: UInt64(self.random.below(10)))
            return self.asked(topic, .after(cursor), .gap(.epoch), given: cursor.description, shard)
        case 13:
            return self.asked(topic, after: newest + UInt64(self.random.pick(1...9)), shard)
        default:
            return self.asked(topic, after: UInt64(self.random.below(Int(newest) + 1)), shard)
        }
    }

    private func asked(_ topic: Int, after sequence: UInt64, _ shard: SimulatedShard) -> Asked {
        let cursor = Cursor(epoch: self.ledger.epoch, sequence: sequence)
        let point = Starting.Point.after(sequence, isOwn: false)
        return self.asked(topic, .after(cursor), point, given: cursor.description, shard)
    }

    private func asked(
        _ topic: Int, _ start: StartPoint, _ point: Starting.Point, given: String = "", _ shard: SimulatedShard
    ) -> Asked {
        let log = self.ledger.log
        let lowest: UInt64 =
            switch point {
            case .now: shard.hub.deliveredThrough
            case .earliest: log.mark(topic)
            case .last(let count): log.start(topic, last: count)
            case .after, .gap: 0
            }
        return Asked(
            topic: topic, start: start,
            starting: Starting(point: point, given: given, lowest: lowest, newest: log.newest))
    }
}
