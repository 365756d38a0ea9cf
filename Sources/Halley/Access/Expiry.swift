import HalleyHub
import NIOCore

/// Ends of rights: said as times of day, kept by the steady clock.
enum Expiry {
    /// Farther than this is never: a sum must not overflow.
    private static let farthest: Int64 = 10 * 365 * 86_400_000

    /// The earliest of them.
    /// - Parameter times: milliseconds since 1970; `nil`: never.
    static func deadline(of times: Int64?...) -> NIODeadline {
        guard let end = times.lazy.compactMap({ $0 }).min() else { return .distantFuture }
        let (left, isTooLong) = end.subtractingReportingOverflow(LogTime.now().wall)
        if isTooLong || left > self.farthest { return end < 0 ? .distantPast : .distantFuture }
        return left <= 0 ? .distantPast : .now() + .milliseconds(left)
    }
}
