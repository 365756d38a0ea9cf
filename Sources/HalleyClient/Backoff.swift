/// When to come back after a lost connection: never before the time that the server has asked for, or a floor; then at any moment
/// of a window that is twice as long each time (full jitter), so that many clients never come at once.
struct Backoff {
    /// Whatever the server asks for.
    static let floor = Duration.milliseconds(250)
    static let firstWindow = Duration.seconds(1)
    static let longestWindow = Duration.seconds(30)
    /// A connection that held for so long was a good one: what went wrong before it does not count any more.
    static let settling = Duration.seconds(10)

    private var asked = Duration.zero
    private var failures = 0
    private var connected: ContinuousClock.Instant?

    /// The server has said something. What it asked for on the connection before is done with.
    mutating func heard(at now: ContinuousClock.Instant) {
        if self.connected != nil { return }
        self.connected = now
        self.asked = .zero
    }

    /// The server has asked to come back after that time.
    mutating func ask(_ time: RetryTime) { self.asked = time.duration }

    mutating func lost(at now: ContinuousClock.Instant) {
        if let connected, connected.duration(to: now) >= Self.settling { self.failures = 0 }
        self.connected = nil
        self.failures += 1
    }

    /// How long to wait before the next try; the first one is made at once.
    func delay(using random: inout some RandomNumberGenerator) -> Duration {
        if self.failures == 0 { return .zero }
        let window = min(Self.longestWindow, Self.firstWindow * (1 << min(self.failures - 1, 10)))
        return max(Self.floor, self.asked) + window * Double.random(in: 0..<1, using: &random)
    }
}
