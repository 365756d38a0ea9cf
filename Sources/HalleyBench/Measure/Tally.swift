import Histogram

/// What all subscribers got, since the last `begin`. It belongs to the run's event loop.
final class Tally {
    /// Deliveries that came for the first time.
    private(set) var deliveries = 0
    private(set) var doubled = 0
    private(set) var outOfOrder = 0
    /// Payloads with a wrong end.
    private(set) var damaged = 0
    private(set) var latency = Tally.emptyHistogram()
    /// When the last one came.
    private(set) var newest: UInt64 = 0
    /// Deliveries of this publication and later ones are counted.
    private var first: UInt32 = 0
    /// Deliveries that must come before `whenAllCame` is called.
    private var awaited = 0
    private var whenAllCame: (() -> Void)?

    /// A minute at most, three digits.
    private static func emptyHistogram() -> Histogram<UInt64> {
        Histogram(
            lowestDiscernibleValue: 256, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
    }

    func begin(from first: UInt32) {
        (self.deliveries, self.doubled, self.outOfOrder, self.damaged, self.awaited) = (0, 0, 0, 0, 0)
        self.latency = Self.emptyHistogram()
        self.first = first
    }

    func expect(_ count: Int, _ whenAllCame: @escaping () -> Void) {
        self.awaited += count
        self.whenAllCame = whenAllCame
    }

    /// What no longer can come: its subscriber has gone.
    func giveUp(_ count: Int) {
        guard count > 0 else { return }
        self.settle(count)
    }

    func enter(_ stamp: Stamp, _ verdict: DeliveryLedger.Verdict, at now: UInt64) {
        guard stamp.number >= self.first else { return }
        switch verdict {
        case .new: break
        case .late: self.outOfOrder += 1
        case .doubled:
            self.doubled += 1
            return
        }
        self.deliveries += 1
        self.newest = now
        if !self.latency.record(now &- stamp.sent) { self.latency.record(60_000_000_000) }
        self.settle(1)
    }

    func enterDamaged() { self.damaged += 1 }

    private func settle(_ count: Int) {
        guard self.awaited > 0 else { return }
        self.awaited = max(0, self.awaited - count)
        if self.awaited == 0, let whenAllCame {
            self.whenAllCame = nil
            whenAllCame()
        }
    }

    var isComplete: Bool { self.awaited == 0 }
}
