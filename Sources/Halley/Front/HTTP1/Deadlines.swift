import HalleyHub
import NIOCore

/// What an HTTP/1 connection waits for at most so long. Each begins when its phase begins, and none is another's.
enum DeadlinePhase: Equatable {
    /// The first request of a connection, of which nothing has come yet.
    case firstHead
    /// A head that has begun to come.
    case head
    /// A body that is read.
    case body
    /// The next request.
    case idle
    /// The decision whether something else goes on in place of HTTP.
    case takeover
    /// The peer's own end, after our last word.
    case farewell

    func time(_ limits: Limits) -> TimeAmount {
        switch self {
        case .firstHead, .head: limits.headTimeout
        case .body: limits.bodyTimeout
        case .idle: limits.idleTimeout
        case .takeover: limits.takeoverTimeout
        case .farewell: .seconds(2)
        }
    }

    /// For the log, where the connection ends by it.
    var reason: CloseReason {
        switch self {
        case .firstHead, .idle: .idle
        case .head: .headTimeout
        case .body: .bodyTimeout
        case .takeover: .overloaded
        case .farewell: .responseComplete
        }
    }
}

/// Tells a peer that takes its answer slowly from one that does not take it: at least a kilobyte, or all that waits, must leave
/// within the time.
struct ProgressMeter: Equatable {
    static let minimum = 1024

    enum Verdict: Equatable {
        case goesOn(until: NIODeadline)
        case stalled
    }

    private var left: Int
    /// To be asked again then.
    private(set) var deadline: NIODeadline
    private let time: TimeAmount

    /// - Parameters:
    ///   - left: bytes that have left up to now.
    ///   - time: within which the next must leave.
    init(left: Int, now: NIODeadline, within time: TimeAmount) {
        self.left = left
        self.time = time
        self.deadline = now + time
    }

    /// To be asked while something waits.
    mutating func check(left: Int, now: NIODeadline) -> Verdict {
        if left - self.left >= Self.minimum {
            self.left = left
            self.deadline = now + self.time
        }
        return now >= self.deadline ? .stalled : .goesOn(until: self.deadline)
    }
}
