import NIOCore

/// When to ping, and when a peer that says nothing any more counts as gone.
struct WebSocketLiveness {
    enum Step: Equatable {
        /// To be asked again then.
        case wait(TimeAmount)
        case ping(TimeAmount)
        case silent
    }

    private var lastHeard: NIODeadline
    /// When the ping was sent that nothing has come after.
    private var pinged: NIODeadline?

    init(now: NIODeadline) { self.lastHeard = now }

    /// Something has come.
    mutating func heard(_ now: NIODeadline) {
        self.lastHeard = now
        self.pinged = nil
    }

    /// - Parameters:
    ///   - interval: of silence, before a ping.
    ///   - patience: for the answer.
    mutating func step(_ now: NIODeadline, interval: TimeAmount, patience: TimeAmount) -> Step {
        if let pinged {
            let left = patience - (now - pinged)
            return left <= .zero ? .silent : .wait(min(interval, left))
        }
        let silence = now - self.lastHeard
        if silence < interval { return .wait(interval - silence) }
        self.pinged = now
        return .ping(min(interval, patience))
    }
}
