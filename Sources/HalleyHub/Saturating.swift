extension FixedWidthInteger {
    /// The sum, or the largest number where that is more: limits may be as large as can be said.
    func saturatingAdd(_ other: Self) -> Self {
        let (sum, overflows) = self.addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}
