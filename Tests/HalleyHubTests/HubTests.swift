import HalleyHub
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(10))) struct HubTests {
    /// Runs with a hub on some loops of the process's own group, which needs no shutdown.
    private func withHub(
        loops: Int = 2, rules: TopicRules = TopicRules(), _ body: @Sendable (Hub) async throws -> Void
    ) async throws {
        let all = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        let own = (0..<loops).map { all[$0 % all.count] }
        try await body(try await Hub(engine: MemoryEngine(rules: rules), rules: rules, eventLoops: own))
    }

    @Test func publishesAndReads() async throws {
        try await self.withHub { hub in
            let topic = Bench.topic("a")
            let first = try await hub.publish(.text("1"), to: topic)
            let second = try await hub.publish(.text("2"), to: topic, event: EventName("x"))
            #expect(first == Cursor(epoch: hub.epoch, sequence: 1))
            #expect(second == Cursor(epoch: hub.epoch, sequence: 2))
            let page = try await hub.history(HistoryQuery([HistoryQuery.Interest(topic, .earliest)]))
            #expect(page.publications.map(\.event.name) == ["message", "x"])
            #expect(try await hub.forget([topic]) == 2)
        }
    }

    @Test func anEmptyBatchIsNothing() async throws {
        try await self.withHub { hub in
            let ids = try await hub.publish([])
            #expect(ids.isEmpty)
        }
    }

    @Test func loopsInTurn() async throws {
        try await self.withHub { hub in
            let loops = (0..<4).map { _ in hub.nextEventLoop() }
            #expect(loops[0] === loops[2] && loops[1] === loops[3])
            #expect(loops[0] !== loops[1] || System.coreCount == 1)
        }
    }

    @Test func subscriptionsBeginWithTheCall() async throws {
        try await self.withHub { hub in
            let topic = Bench.topic("a")
            let subscription = try await hub.subscribe([topic])
            #expect(try await hub.subscriberCounts(of: [topic, Bench.topic("b")]) == [1, 0])
            for number in 1...3 { try await hub.publish(.text("\(number)"), to: topic) }
            var sequences: [UInt64] = []
            for try await event in subscription {
                guard case .publication(let publication, let id) = event else { continue }
                #expect(id.sequence == publication.sequence)
                sequences.append(publication.sequence)
                if sequences.count == 3 { break }
            }
            #expect(sequences == [1, 2, 3])
            // Counted at the end of the loop's turn.
            _ = try await hub.subscriberCounts(of: [topic])
            #expect(hub.statistics.deliveries == 3)
        }
    }

    /// Those without publications were once left out.
    @Test func listsTopicsThatAreKnownOrHaveSubscribers() async throws {
        try await self.withHub { hub in
            let id = try await hub.publish(.text("1"), to: Bench.topic("b"))
            // On two loops.
            let subscriptions = [
                try await hub.subscribe(["c", "b", "c"].map(Bench.topic)), try await hub.subscribe([Bench.topic("c")]),
                try await hub.subscribe([Bench.topic("a")]),
            ]
            let all = try await hub.topics(TopicQuery())
            #expect(all.map(\.topic.name) == ["a", "b", "c"])
            #expect(all.map(\.subscribers) == [1, 1, 2])
            #expect(all.map(\.publications) == [0, 1, 0])
            #expect(all.map(\.newest) == [nil, id, nil])
            #expect(try await hub.topics(TopicQuery(after: "a", limit: 1)).map(\.topic.name) == ["b"])
            #expect(try await hub.topics(TopicQuery(prefix: "c")).map(\.topic.name) == ["c"])
            _ = subscriptions
        }
    }

    @Test func aSubscriptionThatIsDroppedIsGone() async throws {
        try await self.withHub { hub in
            let topic = Bench.topic("a")
            do {
                let subscription = try await hub.subscribe([topic])
                try await hub.publish(.text(""), to: topic)
                for try await _ in subscription { break }
            }
            // The end travels over the loop; counting goes the same way.
            var count = 1
            for _ in 0..<1000 where count > 0 { count = try await hub.subscriberCounts(of: [topic])[0] }
            #expect(count == 0)
            #expect(hub.statistics.subscribers == 0)
        }
    }

    @Test func aGapComesInOrder() async throws {
        var rule = TopicRule(prefix: "")
        rule.count = 1
        try await self.withHub(rules: TopicRules([rule])) { hub in
            let topic = Bench.topic("a")
            for number in 1...3 { try await hub.publish(.text("\(number)"), to: topic) }
            let subscription = try await hub.subscribe([topic], after: Cursor(epoch: hub.epoch, sequence: 1))
            var iterator = subscription.makeAsyncIterator()
            guard case .gap(let gap, let id) = try await iterator.next() else { return #expect(Bool(false)) }
            #expect(gap.reason == .evicted)
            #expect(id.sequence == 2)
            guard case .publication(let publication, _) = try await iterator.next() else {
                return #expect(Bool(false))
            }
            #expect(publication.sequence == 3)
            #expect(hub.statistics.gaps == 1)
        }
    }

    /// Far more than the sequence holds: it reads on from the log.
    @Test func aSlowConsumerLosesNothing() async throws {
        var rule = TopicRule(prefix: "")
        rule.count = 10_000
        rule.bytes = 16 << 20
        try await self.withHub(rules: TopicRules([rule])) { hub in
            let topic = Bench.topic("a")
            let subscription = try await hub.subscribe([topic])
            for _ in 0..<50 {
                let draft = try PublicationDraft(topics: [topic], content: .text("x"))
                try await hub.publish(Array(repeating: draft, count: 100))
            }
            var next: UInt64 = 1
            for try await event in subscription {
                guard case .publication(let publication, _) = event else { return #expect(Bool(false)) }
                #expect(publication.sequence == next)
                next += 1
                if next > 5000 { break }
            }
        }
    }

    @Test func aSlowConsumerOfASkippingTopicIsTold() async throws {
        var rule = TopicRule(prefix: "")
        rule.slowReaders = .skip
        try await self.withHub(loops: 1, rules: TopicRules([rule])) { hub in
            let topic = Bench.topic("a")
            let subscription = try await hub.subscribe([topic])
            let draft = try PublicationDraft(topics: [topic], content: .text("x"))
            for _ in 0..<10 {
                try await hub.publish(Array(repeating: draft, count: 100))
                // A turn of the loop for each batch: else all would come in one write.
                _ = try await hub.subscriberCounts(of: [topic])
            }
            var seen = 0
            for try await event in subscription {
                if case .gap(let gap, let id) = event {
                    #expect(gap.reason == .skipped)
                    #expect(id.sequence == 1000)
                    break
                }
                seen += 1
            }
            #expect(seen < 1000)
        }
    }

    @Test func aConsumerThatIsCancelledEnds() async throws {
        try await self.withHub { hub in
            let topic = Bench.topic("a")
            let subscription = try await hub.subscribe([topic])
            let task = Task { for try await _ in subscription {} }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func aSlowConsumerIsDisconnectedWhereTheRuleSaysSo() async throws {
        var rule = TopicRule(prefix: "")
        rule.slowReaders = .disconnect
        try await self.withHub(rules: TopicRules([rule])) { hub in
            let topic = Bench.topic("a")
            let subscription = try await hub.subscribe([topic])
            let draft = try PublicationDraft(topics: [topic], content: .text("x"))
            for _ in 0..<10 { try await hub.publish(Array(repeating: draft, count: 100)) }
            await #expect(throws: SubscriptionError.self) { for try await _ in subscription {} }
        }
    }
}
