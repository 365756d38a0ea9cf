import NIOCore

/// Notices that a server has said nothing for too long. Only the time counts in which its words were waited for: who takes none
/// hears none.
struct SilenceWatch {
    enum Step: Equatable {
        /// To be asked again after that time.
        case wait(TimeAmount)
        case silent
    }

    private let limit: TimeAmount
    /// `nil`: nobody waits.
    private var waitingSince: NIODeadline?

    init(limit: TimeAmount) { self.limit = limit }

    mutating func waits(from now: NIODeadline) {
        if self.waitingSince == nil { self.waitingSince = now }
    }

    mutating func heard() { self.waitingSince = nil }

    func step(at now: NIODeadline) -> Step {
        guard let waitingSince else { return .wait(self.limit) }
        let left = waitingSince + self.limit - now
        return left <= .zero ? .silent : .wait(left)
    }
}
