import HalleyHub
import NIOHTTP1

/// A client that polls is there between two polls, too.
enum PollLease {
    /// Seconds.
    static let maximumInterval = 300

    /// Twice the interval and ten seconds more: one poll may be late, or be lost.
    static func milliseconds(interval: Int) -> Int64 { Int64(2 * interval + 10) * 1000 }

    /// Clients that claim no id would be new ones at each poll: they are not counted.
    /// - Parameter interval: of the polls, in seconds.
    static func renew(
        _ presentation: Presentation, _ topics: [Topic], interval: Int, from address: ClientAddress,
        in server: ServerContext
    ) throws(RequestError) {
        guard presentation.clientID != nil else { return }
        let time = self.milliseconds(interval: interval)
        let limits = server.configuration.limits
        let isExempt = address.isLoopback && !limits.countLoopback
        let isAllowed = server.hub.presence.lease(
            presentation.member(), on: topics, for: time, by: isExempt ? nil : address.description)
        if isAllowed { return }
        throw RequestError(
            .tooManyRequests, "too_many_leases",
            "The clients of an address that poll may be on \(limits.leasesPerAddress) topics together"
                + " (--max-leases-per-address). Poll fewer topics, use a connection that stays, or leave out “client”.",
            // By then one that is taken now would be over.
            headers: [("Retry-After", String(time / 1000))])
    }
}
