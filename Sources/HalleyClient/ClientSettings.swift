import NIOCore
import NIOSSL

/// What a client goes by; the times, the clock and the trust are for tests to change.
struct ClientSettings: Sendable {
    /// How often the server shows that it lives.
    var heartbeat = Duration.seconds(15)
    var connectTimeout = Duration.seconds(10)
    /// How long a long poll is held.
    var hold = 25
    /// For a publication to be taken.
    var publishing = Duration.seconds(30)
    /// Bytes of a message, and of an answer with all its messages.
    var maximumMessage = 64 << 20
    var trust = NIOSSLTrustRoots.default
    /// How often a connection's silence is looked at, at least.
    var look = Duration.seconds(1)
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// The same for event loops.
    var uptime: @Sendable () -> NIODeadline = { .now() }
    /// A pause before the client does something.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Returns when what takes longer has taken too long.
    var expire: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// A server that says nothing for so long is gone: one heartbeat may be late, and one be lost.
    var silence: Duration { self.heartbeat * 3 }

    var tls: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = self.trust
        return configuration
    }
}
