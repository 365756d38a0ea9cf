import Testing

@testable import HalleyHub

@Suite struct AnnouncementsTests {
    private func joined(_ client: UInt64, _ topic: String = "a") -> PresenceTable.Change {
        .joined(Bench.topic(topic), PresentMember(Member(client: ClientID(client)), since: 0))
    }

    private func left(_ client: UInt64, _ topic: String = "a") -> PresenceTable.Change {
        .left(Bench.topic(topic), PresentMember(Member(client: ClientID(client)), since: 0))
    }

    /// So many have joined at time 0 that the burst is used up.
    private func busy(_ topics: String...) -> Announcements {
        var announcements = Announcements()
        for topic in topics {
            for client in 0..<UInt64(Announcements.burst) { announcements.add(self.joined(client, topic), at: 0) }
        }
        return announcements
    }

    private func takeAll(_ announcements: inout Announcements, at time: Int64) -> [PresenceTable.Change] {
        announcements.advance(at: time, topics: announcements.topicCount)
        return announcements.take(atMost: .max)
    }

    @Test func aBurstGoesAtOnce() {
        var announcements = self.busy("a")
        #expect(announcements.take(atMost: 5) == (0..<5).map { self.joined($0) })
        #expect(announcements.take(atMost: .max).count == Int(Announcements.burst) - 5)
        #expect(announcements.isEmpty)
    }

    /// One each 100 ms.
    @Test func othersWaitForTheirTurn() {
        var announcements = self.busy("a")
        announcements.add(self.joined(100), at: 0)
        announcements.add(self.joined(101), at: 0)
        #expect(announcements.take(atMost: .max).count == Int(Announcements.burst))
        #expect(self.takeAll(&announcements, at: 99) == [])
        #expect(self.takeAll(&announcements, at: 100) == [self.joined(100)])
        #expect(self.takeAll(&announcements, at: 1000) == [self.joined(101)])
    }

    @Test func whoComesLaterComesBehindThoseWhoWait() {
        var announcements = self.busy("a")
        announcements.add(self.joined(100), at: 0)
        _ = announcements.take(atMost: .max)
        announcements.add(self.joined(101), at: 150)
        #expect(announcements.take(atMost: .max) == [self.joined(100)])
        #expect(self.takeAll(&announcements, at: 200) == [self.joined(101)])
    }

    @Test func whoGoesBeforeItIsAnnouncedWasNeverThere() {
        var announcements = self.busy("a")
        announcements.add(self.joined(100), at: 0)
        announcements.add(self.joined(101), at: 0)
        announcements.add(self.left(100), at: 0)
        // And who comes back before that is announced never went.
        announcements.add(self.left(3), at: 0)
        announcements.add(self.joined(3), at: 0)
        _ = announcements.take(atMost: .max)
        #expect(self.takeAll(&announcements, at: 60_000) == [self.joined(101)])
    }

    @Test func aTopicHasItsOwnPace() {
        var announcements = self.busy("a")
        _ = announcements.take(atMost: .max)
        announcements.add(self.joined(100, "a"), at: 0)
        announcements.add(self.joined(100, "b"), at: 0)
        #expect(announcements.take(atMost: .max) == [self.joined(100, "b")])
    }

    @Test func soManyWait() {
        var announcements = self.busy("a")
        let count = UInt64(Announcements.maximumWaiting)
        for client in 0..<count { announcements.add(self.joined(1000 + client), at: 0) }
        #expect(announcements.dropped == 0)
        announcements.add(self.joined(1), at: 0)
        #expect(announcements.dropped == 1)
        // One that goes makes place for another.
        announcements.add(self.left(1000), at: 0)
        announcements.add(self.joined(2), at: 0)
        #expect(announcements.dropped == 1)
        _ = announcements.take(atMost: .max)
        let all = stride(from: 1000, to: 60_000, by: 1000).flatMap { self.takeAll(&announcements, at: $0) }
        #expect(all == (1..<count).map { self.joined(1000 + $0) } + [self.joined(2)])
    }

    /// A second brings no more than the pace, whoever asks how often.
    @Test func thePaceHolds() {
        var announcements = self.busy("a")
        for client in 0..<200 as Range<UInt64> { announcements.add(self.joined(1000 + client), at: 0) }
        _ = announcements.take(atMost: .max)
        for second in 0..<10 as Range<Int64> {
            let taken = (1...20).flatMap { self.takeAll(&announcements, at: second * 1000 + $0 * 50) }
            #expect(taken.count == Int(Announcements.perSecond))
        }
    }

    @Test func topicsWhereNothingHappensAreForgotten() {
        var announcements = self.busy("a", "b", "c")
        announcements.add(self.joined(100, "b"), at: 0)
        #expect(announcements.topicCount == 3)
        announcements.advance(at: 1999, topics: 3)
        #expect(announcements.topicCount == 3)
        // A part of them at a time.
        announcements.advance(at: 2000, topics: 1)
        #expect(announcements.topicCount == 2)
        announcements.advance(at: 2000, topics: 2)
        #expect(announcements.topicCount == 1)
        announcements.advance(at: 10_000, topics: 1)
        #expect(announcements.topicCount == 0)
    }
}
