import Testing

@testable import HalleyHub

@Suite struct PresenceTableTests {
    private let topic = Bench.topic("a")
    private let ann = Member(client: ClientID(1), user: "ann")
    private let bob = Member(client: ClientID(2))

    /// - Returns: whether the address may have it.
    @discardableResult
    private func lease(
        _ table: inout PresenceTable, _ member: Member, on topics: String..., at time: Int64 = 0, until end: Int64,
        by address: String? = nil
    ) -> [PresenceTable.Change]? {
        table.lease(member, on: topics.map(Bench.topic), at: time, TopicMembers.Lease(end: end, address: address))
    }

    private func limits(total: Int = 100, perAddress: Int = 100) -> LeaseLimits {
        LeaseLimits(total: total, perAddress: perAddress)
    }

    private func present(_ member: Member, since: Int64) -> PresentMember { PresentMember(member, since: since) }

    @Test func theFirstConnectionJoinsAndTheLastLeaves() {
        var table = PresenceTable()
        #expect(
            table.connect(self.ann, to: self.topic, at: 10) == .joined(self.topic, self.present(self.ann, since: 10)))
        #expect(table.connect(self.ann, to: self.topic, at: 20) == nil)
        #expect(table.count(on: self.topic) == 1)
        #expect(table.disconnect(self.ann.client, from: self.topic) == nil)
        #expect(
            table.disconnect(self.ann.client, from: self.topic) == .left(self.topic, self.present(self.ann, since: 10)))
        #expect(table.count(on: self.topic) == 0)
    }

    @Test func whoIsNotThereCanNotLeave() {
        var table = PresenceTable()
        #expect(table.disconnect(self.ann.client, from: self.topic) == nil)
        _ = table.connect(self.ann, to: self.topic, at: 0)
        #expect(table.disconnect(self.ann.client, from: Bench.topic("b")) == nil)
        #expect(table.disconnect(self.bob.client, from: self.topic) == nil)
        #expect(table.count(on: self.topic) == 1)
    }

    @Test func aLeaseEndsInItsTime() {
        var table = PresenceTable()
        #expect(
            self.lease(&table, self.bob, on: "a", until: 5_500) == [
                .joined(self.topic, self.present(self.bob, since: 0))
            ])
        #expect(table.expire(at: 5_499) == [])
        #expect(table.expire(at: 5_999) == [])
        #expect(table.expire(at: 6_000) == [.left(self.topic, self.present(self.bob, since: 0))])
        #expect(table.leaseCount == 0)
        #expect(table.expire(at: 60_000) == [])
    }

    @Test func aRenewedLeaseGoesOn() {
        var table = PresenceTable()
        _ = self.lease(&table, self.bob, on: "a", at: 0, until: 3_000)
        #expect(self.lease(&table, self.bob, on: "a", at: 2_000, until: 9_000) == [])
        // An earlier end does not shorten it.
        #expect(self.lease(&table, self.bob, on: "a", at: 2_000, until: 4_000) == [])
        #expect(table.leaseCount == 1)
        #expect(table.expire(at: 5_000) == [])
        #expect(table.count(on: self.topic) == 1)
        #expect(table.expire(at: 9_000) == [.left(self.topic, self.present(self.bob, since: 0))])
    }

    @Test func aConnectionOutlivesALeaseAndTheOtherWayRound() {
        var table = PresenceTable()
        _ = self.lease(&table, self.bob, on: "a", at: 0, until: 3_000)
        #expect(table.connect(self.bob, to: self.topic, at: 1_000) == nil)
        #expect(table.expire(at: 10_000) == [])
        #expect(self.lease(&table, self.bob, on: "a", at: 10_000, until: 20_000) == [])
        #expect(table.disconnect(self.bob.client, from: self.topic) == nil)
        #expect(table.count(on: self.topic) == 1)
        #expect(table.expire(at: 20_000) == [.left(self.topic, self.present(self.bob, since: 0))])
    }

    /// The place is free for another, although the member is still there.
    @Test func aLeaseThatEndsUnderAConnectionFreesItsPlace() {
        var table = PresenceTable(limits: self.limits(total: 1, perAddress: 1))
        self.lease(&table, self.bob, on: "a", until: 3_000, by: "x")
        _ = table.connect(self.bob, to: self.topic, at: 1_000)
        #expect(self.lease(&table, self.ann, on: "a", until: 5_000, by: "x") == nil)
        #expect(table.expire(at: 3_000) == [])
        #expect(table.leaseCount == 0)
        #expect(
            self.lease(&table, self.ann, on: "a", at: 7, until: 5_000, by: "x")
                == [.joined(self.topic, self.present(self.ann, since: 7))])
        #expect(table.members(on: self.topic, limit: 9).map(\.member) == [Member(client: self.bob.client), self.ann])
    }

    @Test func leasesAreLimited() {
        var table = PresenceTable(limits: self.limits(total: 2))
        for number in 0..<4 as Range<UInt64> {
            let changes = self.lease(&table, Member(client: ClientID(number)), on: "a", until: 1_000)
            #expect(changes?.count == (number < 2 ? 1 : 0))
        }
        #expect(table.count(on: self.topic) == 2)
        #expect(table.expire(at: 1_000).count == 2)
        #expect(self.lease(&table, self.ann, on: "a", until: 3_000)?.count == 1)
    }

    @Test func anAddressHasAShare() {
        var table = PresenceTable(limits: self.limits(perAddress: 2))
        #expect(self.lease(&table, self.ann, on: "a", "b", until: 9_000, by: "x")?.count == 2)
        #expect(self.lease(&table, self.bob, on: "a", until: 9_000, by: "x") == nil)
        // A lease that it has already may be renewed.
        #expect(self.lease(&table, self.ann, on: "b", "a", until: 12_000, by: "x") == [])
        // Others have their own, and whoever is exempt needs none.
        #expect(self.lease(&table, self.bob, on: "a", until: 9_000, by: "y")?.count == 1)
        for number in 10...15 as ClosedRange<UInt64> {
            #expect(self.lease(&table, Member(client: ClientID(number)), on: "a", until: 9_000)?.count == 1)
        }
    }

    @Test func aShareIsTakenWholeOrNotAtAll() {
        var table = PresenceTable(limits: self.limits(perAddress: 2))
        #expect(self.lease(&table, self.ann, on: "a", "b", "c", until: 9_000, by: "x") == nil)
        #expect(table.leaseCount == 0)
        #expect(table.count(on: self.topic) == 0)
    }

    @Test func aLeaseThatEndsGivesItsShareBack() {
        var table = PresenceTable(limits: self.limits(perAddress: 1))
        self.lease(&table, self.ann, on: "a", until: 1_000, by: "x")
        #expect(self.lease(&table, self.bob, on: "a", until: 1_000, by: "x") == nil)
        #expect(table.expire(at: 1_000).count == 1)
        #expect(self.lease(&table, self.bob, on: "a", until: 2_000, by: "x")?.count == 1)
    }

    /// It counts for the address that renewed it last.
    @Test func aLeaseMovesWithItsClient() {
        var table = PresenceTable(limits: self.limits(perAddress: 1))
        self.lease(&table, self.ann, on: "a", until: 1_000, by: "x")
        self.lease(&table, self.bob, on: "a", until: 1_000, by: "y")
        #expect(self.lease(&table, self.ann, on: "a", until: 1_000, by: "y") == nil)
        #expect(self.lease(&table, self.ann, on: "a", until: 1_000, by: "z") == [])
        #expect(self.lease(&table, self.bob, on: "b", until: 1_000, by: "x")?.count == 1)
        #expect(table.leaseCount == 3)
    }

    /// So that nobody holds a lock for long.
    @Test func leasesEndPartByPart() {
        var table = PresenceTable()
        for number in 0..<5 as Range<UInt64> {
            self.lease(&table, Member(client: ClientID(number)), on: "a", until: 1_000)
        }
        #expect(!table.isDue(at: 999))
        var left: [[UInt64]] = []
        while table.isDue(at: 1_000) {
            left.append(table.expire(at: 1_000, atMost: 2).map(\.member.member.client.value))
        }
        #expect(left.flatMap(\.self) == [0, 1, 2, 3, 4])
        #expect(left.allSatisfy { $0.count <= 2 })
    }

    @Test func usersAreKnownByTheLastWord() {
        var table = PresenceTable()
        let nobody = Member(client: self.ann.client)
        _ = table.connect(nobody, to: self.topic, at: 0)
        _ = table.connect(self.ann, to: self.topic, at: 1)
        #expect(table.members(on: self.topic, limit: 9).map(\.member) == [self.ann])
        _ = table.connect(nobody, to: self.topic, at: 2)
        #expect(table.members(on: self.topic, limit: 9).map(\.member) == [self.ann])
        table.identify(Member(client: self.ann.client, user: "bea"), on: self.topic)
        #expect(table.members(on: self.topic, limit: 9).map(\.member.user) == ["bea"])
        table.identify(self.bob, on: self.topic)
        #expect(table.count(on: self.topic) == 1)
    }

    @Test func listsThoseWhoCameFirst() {
        var table = PresenceTable()
        for number in 1...5 as ClosedRange<UInt64> {
            // The wall clock may be set meanwhile.
            _ = table.connect(Member(client: ClientID(number)), to: self.topic, at: 10 - Int64(number))
        }
        _ = table.disconnect(ClientID(2), from: self.topic)
        _ = table.connect(Member(client: ClientID(2)), to: self.topic, at: 0)
        #expect(table.members(on: self.topic, limit: 3).map(\.member.client.value) == [1, 3, 4])
        #expect(table.members(on: self.topic, limit: 9).map(\.member.client.value) == [1, 3, 4, 5, 2])
        #expect(table.members(on: self.topic, limit: 0) == [])
        #expect(table.members(on: Bench.topic("b"), limit: 3) == [])
    }

    @Test func manyComeAndGo() {
        var table = PresenceTable()
        let members = (0..<5 as Range<UInt64>).map { Member(client: ClientID($0), user: $0 == 3 ? "cid" : nil) }
        for (number, member) in members.enumerated() {
            let change = table.connect(member, to: self.topic, at: Int64(number))
            #expect(change == .joined(self.topic, self.present(member, since: Int64(number))))
        }
        for member in members { #expect(table.connect(member, to: self.topic, at: 9) == nil) }
        for number in [2, 4, 0, 3, 1] {
            let member = members[number]
            #expect(table.disconnect(member.client, from: self.topic) == nil)
            #expect(
                table.disconnect(member.client, from: self.topic)
                    == .left(self.topic, self.present(member, since: Int64(number))))
            #expect(table.disconnect(member.client, from: self.topic) == nil)
            #expect(!table.members(on: self.topic, limit: 9).map(\.member).contains(member))
        }
        #expect(table.count(on: self.topic) == 0)
    }

    @Test func clientIDsAreSixteenDigits() {
        #expect(ClientID(0xab).description == "00000000000000ab")
        #expect(ClientID("00000000000000ab") == ClientID(0xab))
        #expect(ClientID(.max).description == "ffffffffffffffff")
        for text in ["", "ab", "00000000000000AB", "+0000000000000ab", "00000000000000ab0", "é00000000000000"] {
            #expect(ClientID(text) == nil)
        }
    }
}
