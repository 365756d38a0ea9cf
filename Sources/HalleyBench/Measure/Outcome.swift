import Histogram

/// What came of a run.
struct Outcome: Sendable {
    let deliveries: Int
    let doubled: Int
    let outOfOrder: Int
    let damaged: Int
    private let latency: Histogram<UInt64>

    init(_ tally: Tally) {
        self.deliveries = tally.deliveries
        self.doubled = tally.doubled
        self.outOfOrder = tally.outOfOrder
        self.damaged = tally.damaged
        self.latency = tally.latency
    }

    /// JSON name, label, nanoseconds.
    var latencies: [(String, String, UInt64)] { Self.latencies(self.latency) }

    static func latencies(_ histogram: Histogram<UInt64>) -> [(String, String, UInt64)] {
        guard histogram.totalCount > 0 else { return [] }
        let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99), ("p99.9", 99.9)].map { label, percentile in
            (label.replacing(".", with: "_"), label, histogram.valueAtPercentile(percentile))
        }
        return percentiles + [("max", "max", histogram.max)]
    }
}
