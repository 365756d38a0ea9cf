/// When a server wants a client back. It can't send one away for longer than an hour.
struct RetryTime: Equatable {
    static let longest = Duration.seconds(3600)

    let duration: Duration

    init(_ duration: Duration) { self.duration = min(max(.zero, duration), Self.longest) }

    init(milliseconds: Int) {
        let longest = Int(Self.longest.components.seconds) * 1000
        self.duration = .milliseconds(min(max(0, milliseconds), longest))
    }

    /// The value of `Retry-After` as a number (RFC 9110 §10.2.3); `nil` for a date, which Halley does not send.
    init?(seconds text: String) {
        guard let seconds = Self.number(text) else { return nil }
        self.init(milliseconds: seconds > Int.max / 1000 ? Int.max : seconds * 1000)
    }

    /// The reason of a WebSocket's close frame: `retry=<milliseconds>`.
    init?(reason: String) {
        let name = "retry="
        guard reason.hasPrefix(name), let milliseconds = Self.number(String(reason.dropFirst(name.count))) else {
            return nil
        }
        self.init(milliseconds: milliseconds)
    }

    /// Digits only; `nil` for more of them than count.
    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
