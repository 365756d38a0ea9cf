/// SplitMix64: the same numbers for the same seed, on every machine and in every process.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { self.state = seed }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 up to, but without, `limit`.
    package mutating func below(_ limit: Int) -> Int { Int(self.next() % UInt64(limit)) }

    package mutating func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + self.below(range.count) }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    package mutating func chance(_ percent: Int) -> Bool { self.below(100) < percent }
}
