import Testing

@testable import HalleyHub

@Suite struct PresenceTableTests {
    private let topic = Bench.topic("a")
    private let ann = Member(client: ClientID(1), user: "ann")
    private let bob = Member(client: ClientID(2))

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
        #expect(table.lease(self.bob, on: self.topic, at: 0, until: 5_500) != nil)
        #expect(table.expire(at: 5_499) == [])
        #expect(table.expire(at: 5_999) == [])
        #expect(table.expire(at: 6_000) == [.left(self.topic, self.present(self.bob, since: 0))])
        #expect(table.leaseCount == 0)
        #expect(table.expire(at: 60_000) == [])
    }

    @Test func aRenewedLeaseGoesOn() {
        var table = PresenceTable()
        _ = table.lease(self.bob, on: self.topic, at: 0, until: 3_000)
        #expect(table.lease(self.bob, on: self.topic, at: 2_000, until: 9_000) == nil)
        // An earlier end does not shorten it.
        #expect(table.lease(self.bob, on: self.topic, at: 2_000, until: 4_000) == nil)
        #expect(table.leaseCount == 1)
        #expect(table.expire(at: 5_000) == [])
        #expect(table.count(on: self.topic) == 1)
        #expect(table.expire(at: 9_000) == [.left(self.topic, self.present(self.bob, since: 0))])
    }

    @Test func aConnectionOutlivesALeaseAndTheOtherWayRound() {
        var table = PresenceTable()
        _ = table.lease(self.bob, on: self.topic, at: 0, until: 3_000)
        #expect(table.connect(self.bob, to: self.topic, at: 1_000) == nil)
        #expect(table.expire(at: 10_000) == [])
        #expect(table.lease(self.bob, on: self.topic, at: 10_000, until: 20_000) == nil)
        #expect(table.disconnect(self.bob.client, from: self.topic) == nil)
        #expect(table.count(on: self.topic) == 1)
        #expect(table.expire(at: 20_000) == [.left(self.topic, self.present(self.bob, since: 0))])
    }

    @Test func leasesAreLimited() {
        var table = PresenceTable(maximumLeases: 2)
        for number in 0..<4 as Range<UInt64> {
            let change = table.lease(Member(client: ClientID(number)), on: self.topic, at: 0, until: 1_000)
            #expect((change != nil) == (number < 2))
        }
        #expect(table.count(on: self.topic) == 2)
        #expect(table.expire(at: 1_000).count == 2)
        #expect(table.lease(self.ann, on: self.topic, at: 2_000, until: 3_000) != nil)
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
            _ = table.connect(Member(client: ClientID(number)), to: self.topic, at: 10 - Int64(number))
        }
        #expect(table.members(on: self.topic, limit: 3).map(\.member.client.value) == [5, 4, 3])
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
