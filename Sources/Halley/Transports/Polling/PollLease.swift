import HalleyHub

/// A client that polls is there between two polls, too.
enum PollLease {
    /// Seconds.
    static let maximumInterval = 300

    /// Twice the interval and ten seconds more: one poll may be late, or be lost.
    static func milliseconds(interval: Int) -> Int64 { Int64(2 * interval + 10) * 1000 }

    /// Clients that claim no id would be new ones at each poll: they are not counted.
    /// - Parameter interval: of the polls, in seconds.
    static func renew(_ presentation: Presentation, _ topics: [Topic], interval: Int, in hub: Hub) {
        guard presentation.clientID != nil else { return }
        hub.presence.lease(presentation.member(), on: topics, for: self.milliseconds(interval: interval))
    }
}
