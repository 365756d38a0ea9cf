import NIOCore

/// When to ping, and when a peer that says nothing any more counts as gone.
struct WebSocketLiveness {
    enum Step: Equatable {
        /// To be asked again then.
        case wait(TimeAmount)
        case ping(TimeAmount)
        case silent
    }

    private let interval: TimeAmount
    private let patience: TimeAmount
    private var lastHeard: NIODeadline
    /// When the ping was sent that nothing has come after.
    private var pinged: NIODeadline?

    /// - Parameters:
    ///   - interval: of silence, before a ping.
    ///   - patience: for the answer.
    init(interval: TimeAmount, patience: TimeAmount, now: NIODeadline) {
        self.interval = interval
        self.patience = patience
        self.lastHeard = now
    }

    /// Something has come.
    mutating func heard(_ now: NIODeadline) {
        self.lastHeard = now
        self.pinged = nil
    }

    mutating func step(_ now: NIODeadline) -> Step {
        if let pinged {
            let left = self.patience - (now - pinged)
            return left <= .zero ? .silent : .wait(min(self.interval, left))
        }
        let silence = now - self.lastHeard
        if silence < self.interval { return .wait(self.interval - silence) }
        self.pinged = now
        return .ping(min(self.interval, self.patience))
    }
}
