/// One piece of work whose cost is counted.
struct Scenario: Sendable {
    let name: String
    /// What one of is, in the singular.
    let unit: String
    /// Makes ready, and gives what does so many units of it.
    let make: @Sendable () throws -> (_ units: Int) throws -> Void

    static let all: [Scenario] = [.publish] + FanOut.all + Encoding.all + Decoding.all + [.attachment] + Lists.all

    /// Allocations for each unit, in hundredths, of a run that follows one that has grown all tables.
    func allocations(units: Int) throws -> Int {
        let body = try self.make()
        try body(units)
        let before = AllocationCounter.count
        try body(units)
        return (AllocationCounter.count - before) * 100 / units
    }
}
