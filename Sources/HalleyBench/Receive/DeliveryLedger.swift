/// What one subscriber has got: tells a new publication from one that comes twice or too late.
package struct DeliveryLedger {
    package enum Verdict: Equatable {
        /// Beyond all before it; so many between were left out, for now.
        case new(skipped: Int)
        /// New, but after a later one.
        case late
        /// For the second time, or older than the last 64.
        case doubled
    }

    private var newest: Int64 = -1
    /// Bit n: the publication `newest` − n has come.
    private var came: UInt64 = 0

    /// Begins with whatever comes first.
    package init() {}

    /// Begins after this publication, which must not come again.
    package init(after number: UInt32) {
        self.newest = Int64(number)
        self.came = ~0
    }

    package mutating func enter(_ number: UInt32) -> Verdict {
        let ahead = Int64(number) - self.newest
        if ahead > 0 { return self.advance(ahead, to: Int64(number)) }
        guard ahead > -64 else { return .doubled }
        let bit = UInt64(1) << UInt64(-ahead)
        if self.came & bit != 0 { return .doubled }
        self.came |= bit
        return .late
    }

    private mutating func advance(_ ahead: Int64, to number: Int64) -> Verdict {
        let isFirst = self.newest < 0
        self.newest = number
        // What came before the first one was never expected.
        self.came = isFirst ? ~0 : (ahead < 64 ? self.came << UInt64(ahead) | 1 : 1)
        return .new(skipped: isFirst ? 0 : Int(ahead - 1))
    }
}
