/// How publications go out in a fan-out run.
package struct FanOutPlan: Sendable {
    package enum Pace: Sendable {
        /// So many at once; the next ones when every subscriber has them.
        case outstanding(Int)
        /// So many a second, whatever the server does. Latency counts from the time at which one was due.
        case rate(Double)
    }

    package enum Length: Sendable {
        case publications(Int)
        case seconds(Double)
    }

    package var pace: Pace
    package var length: Length
    /// Publications before anything is counted.
    package var warmUp: Int

    package init(pace: Pace, length: Length, warmUp: Int) {
        self.pace = pace
        self.length = length
        self.warmUp = warmUp
    }

    /// Whether one more publication belongs to the run.
    func goesOn(published: Int, elapsed: UInt64) -> Bool {
        switch self.length {
        case .publications(let count): published < count
        case .seconds(let seconds): Double(elapsed) < seconds * 1e9
        }
    }
}
