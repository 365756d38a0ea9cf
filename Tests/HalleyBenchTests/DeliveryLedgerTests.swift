import HalleyBench
import Testing

@Suite("What one subscriber has got")
struct DeliveryLedgerTests {
    @Test("Whatever comes first is new, and nothing before it was expected")
    func begins() {
        #expect(Self.verdicts([40, 41, 39]) == [.new(skipped: 0), .new(skipped: 0), .doubled])
    }

    @Test("What was skipped is told, and comes late once")
    func skips() {
        #expect(
            Self.verdicts([0, 3, 1, 2, 2, 3, 4]) == [
                .new(skipped: 0), .new(skipped: 2), .late, .late, .doubled, .doubled, .new(skipped: 0),
            ])
    }

    @Test("The last 64 are known", arguments: [(UInt32(63), DeliveryLedger.Verdict.late), (UInt32(64), .doubled)])
    func remembers(behind: UInt32, verdict: DeliveryLedger.Verdict) {
        #expect(Self.verdicts([10, 200, 200 - behind]).last == verdict)
    }

    @Test("A ledger that begins after a publication does not take it again")
    func beginsAfter() {
        var ledger = DeliveryLedger(after: 5)
        #expect(ledger.enter(5) == .doubled)
        #expect(ledger.enter(7) == .new(skipped: 1))
        #expect(ledger.enter(6) == .late)
        #expect(ledger.enter(6) == .doubled)
    }

    private static func verdicts(_ numbers: [UInt32]) -> [DeliveryLedger.Verdict] {
        var ledger = DeliveryLedger()
        return numbers.map { ledger.enter($0) }
    }
}
