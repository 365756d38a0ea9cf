import Synchronization

/// Numbers of 64 bits that do not repeat within the process, for ids that are no secrets: who knows one can work out the
/// others.
///
/// SplitMix64 (Steele, Lea and Flood, “Fast splittable pseudorandom number generators”, 2014). The system is asked for
/// its beginning only: a call for each connection would cost more than all else that a connection's ids need.
enum UniqueNumber {
    private static let state = Atomic<UInt64>(.random(in: .min ... .max))

    static func next() -> UInt64 {
        var number = self.state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
        return number ^ (number >> 31)
    }
}
