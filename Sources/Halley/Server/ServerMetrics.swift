import HalleyHub
import Metrics

/// What the server reports through swift-metrics, once a second: counting on the way of each message would cost more than
/// the message.
final class ServerMetrics {
    private let connections = Gauge(label: "halley_connections")
    private let subscribers = Gauge(label: "halley_subscribers")
    private let deliveries = Counter(label: "halley_deliveries_total")
    private let gaps = Counter(label: "halley_gaps_total")
    private let slow = Counter(label: "halley_slow_readers_total")
    private let idempotencyKeys = Gauge(label: "halley_idempotency_keys")
    private let historyBytes = Gauge(label: "halley_history_bytes")
    private let endpointReceived = Gauge(label: "halley_endpoint_received_bytes")
    private let endpointSending = Gauge(label: "halley_endpoint_sending_bytes")
    private let leases = Gauge(label: "halley_presence_leases")
    private let droppedAnnouncements = Counter(label: "halley_announcements_dropped_total")
    private var lastDropped = 0
    private var last = HubStatistics()

    func report(_ server: HalleyServer) {
        let now = server.hub.statistics
        self.connections.record(server.connectionCount)
        self.subscribers.record(now.subscribers)
        self.deliveries.increment(by: max(0, now.deliveries - self.last.deliveries))
        self.gaps.increment(by: max(0, now.gaps - self.last.gaps))
        self.slow.increment(by: max(0, now.slowReaders - self.last.slowReaders))
        self.idempotencyKeys.record(server.idempotencyKeyCount)
        if let bytes = (server.hub.engine as? MemoryEngine)?.heldBytes { self.historyBytes.record(bytes) }
        self.endpointReceived.record(server.context.queuedBytes.received)
        self.endpointSending.record(server.context.queuedBytes.sending)
        self.leases.record(server.hub.presence.leaseCount)
        let dropped = server.hub.presence.droppedAnnouncements
        self.droppedAnnouncements.increment(by: max(0, dropped - self.lastDropped))
        self.lastDropped = dropped
        self.last = now
    }
}
