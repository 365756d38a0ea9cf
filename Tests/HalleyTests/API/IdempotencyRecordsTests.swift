import HalleyHub
import NIOCore
import Testing

@testable import Halley

@Suite struct IdempotencyRecordsTests {
    private typealias Records = IdempotencyRecords<Int>

    private static let lifetime = TimeAmount.seconds(300)
    private static let ids = [Cursor(epoch: 7, sequence: 1)]
    private static let ann = IdempotencyKey.Owner.user("ann")
    private static let bob = IdempotencyKey.Owner.user("bob")
    private static let stranger = IdempotencyKey.Owner.address("192.0.2.1")

    private static func records(
        all: Int = 100, others: Int = 100, anonymous: Int = 100, owner: Int = 100
    ) -> Records {
        Records(
            lifetime: self.lifetime,
            limits: .init(all: all, others: others, anonymous: anonymous, owner: owner))
    }

    private static func print(_ text: String) throws -> ContentPrint {
        ContentPrint([try PublicationDraft(topics: [Topic("news")], content: .text(text))])
    }

    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1 << 40) + .seconds(seconds) }

    /// What a claim was answered, in short.
    private static func claim(
        _ records: inout Records, _ text: String, of owner: IdempotencyKey.Owner = ann, _ content: String = "x",
        waiter: Int = 0, at seconds: Int64 = 0
    ) throws -> String {
        let key = IdempotencyKey(scope: .user("\(owner)"), text: text)
        switch records.claim(key, of: owner, try Self.print(content), waiter: waiter, at: Self.time(seconds)) {
        case .first: return "first"
        case .answered(let ids): return ids == Self.ids ? "answered" : "answered wrongly"
        case .waits: return "waits"
        case .reused: return "reused"
        case .full(let time): return "full for \(time.nanoseconds / 1_000_000_000)"
        }
    }

    private static func finish(
        _ records: inout Records, _ text: String, of owner: IdempotencyKey.Owner = ann, _ ids: [Cursor]? = ids,
        at seconds: Int64 = 0
    ) -> [Int] {
        records.finish(IdempotencyKey(scope: .user("\(owner)"), text: text), ids, at: Self.time(seconds))
    }

    @Test func answersUntilItsTimeIsOver() throws {
        var records = Self.records()
        #expect(try Self.claim(&records, "k") == "first")
        // Its time begins when it is done, however long that took.
        #expect(try Self.claim(&records, "k", waiter: 1, at: 1000) == "waits")
        #expect(Self.finish(&records, "k", at: 1000) == [1])
        #expect(try Self.claim(&records, "k", at: 1299) == "answered")
        #expect(try Self.claim(&records, "k", "y", at: 1299) == "reused")
        #expect(try Self.claim(&records, "k", "y", at: 1300) == "first")
        #expect(records.count == 1)
    }

    @Test func forgetsByTimeAlone() throws {
        var records = Self.records()
        for number in 0..<10 {
            #expect(try Self.claim(&records, "k\(number)", at: Int64(number)) == "first")
            #expect(Self.finish(&records, "k\(number)", at: Int64(number)) == [])
        }
        records.expire(at: Self.time(304))
        #expect(records.count == 5)
        records.expire(at: Self.time(309))
        #expect(records.count == 0)
        #expect(records.ownerCount == 0)
    }

    @Test func tellsAllThatWaited() throws {
        var records = Self.records()
        #expect(try Self.claim(&records, "k") == "first")
        #expect(try Self.claim(&records, "k", waiter: 1) == "waits")
        #expect(try Self.claim(&records, "k", waiter: 2) == "waits")
        #expect(try Self.claim(&records, "k", "y", waiter: 3) == "reused")
        #expect(Self.finish(&records, "k", nil) == [1, 2])
        #expect(records.count == 0)
        #expect(records.ownerCount == 0)
        #expect(Self.finish(&records, "k") == [])
    }

    /// Who is over its share gets no new keys; what is young stays, and all others go on.
    @Test func limitsEachOwnerByItself() throws {
        var records = Self.records(owner: 2)
        #expect(try Self.claim(&records, "a", at: 10) == "first")
        _ = Self.finish(&records, "a", at: 10)
        #expect(try Self.claim(&records, "b", at: 20) == "first")
        #expect(try Self.claim(&records, "c", at: 30) == "full for 280")
        // Repeats of what is known go on at the limit, also of what is under way.
        #expect(try Self.claim(&records, "a", at: 30) == "answered")
        #expect(try Self.claim(&records, "b", waiter: 5, at: 30) == "waits")
        #expect(try Self.claim(&records, "c", of: Self.bob, at: 30) == "first")
        #expect(Self.finish(&records, "b", at: 40) == [5])
        #expect(try Self.claim(&records, "c", at: 309) == "full for 1")
        #expect(try Self.claim(&records, "c", at: 310) == "first")
        #expect(try Self.claim(&records, "b", at: 310) == "answered")
    }

    @Test func keepsPlaceForThoseThatAreKnown() throws {
        var records = Self.records(all: 6, others: 5, anonymous: 3)
        for number in 0..<3 {
            let owner = IdempotencyKey.Owner.address("192.0.2.\(number)")
            #expect(try Self.claim(&records, "k", of: owner) == "first")
        }
        #expect(try Self.claim(&records, "more", of: Self.stranger) == "full for 1")
        #expect(try Self.claim(&records, "1") == "first")
        #expect(try Self.claim(&records, "2") == "first")
        #expect(try Self.claim(&records, "3") == "full for 1")
        #expect(try Self.claim(&records, "1", of: .key) == "first")
        #expect(try Self.claim(&records, "2", of: .key) == "full for 1")
        #expect(records.count == 6)
    }

    /// A reverse proxy on this machine stands for many.
    @Test func limitsThisMachineOnlyWithAllThatAreUnknown() throws {
        var records = Self.records(anonymous: 3, owner: 1)
        for key in ["a", "b", "c"] { #expect(try Self.claim(&records, key, of: .local) == "first") }
        #expect(try Self.claim(&records, "d", of: .local) == "full for 1")
    }
}
