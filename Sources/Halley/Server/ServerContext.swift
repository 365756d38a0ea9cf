import HalleyHub
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// What all loops share.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let hub: Hub
    let authority: Authority
    let origins: OriginRules
    let hosts: HostRules
    let connections: ConnectionLimiter
    let publicationRate: RateLimiter
    let commandRate: RateLimiter
    let idempotency = IdempotencyTable()
    let clients = ClientRegistry()
    let responders = AddedResponders()
    /// What the queues of all endpoints' WebSockets hold.
    let queuedBytes = WebSocketQueueBytes()
    let logger: Logger
    private let draining = Atomic<Bool>(false)

    init(configuration: ServerConfiguration, hub: Hub, connectionLimit: Int, logger: Logger) {
        let limits = configuration.limits
        self.configuration = configuration
        self.hub = hub
        self.logger = logger
        self.authority = Authority(
            rules: hub.rules, key: configuration.apiKey, authenticator: configuration.authenticator,
            authorizer: configuration.authorizer, logger: logger)
        self.origins = OriginRules(configuration.allowedOrigins + (configuration.demo ? ["*"] : []))
        self.hosts = HostRules(configuration.allowedHosts)
        self.connections = ConnectionLimiter(
            total: connectionLimit, perAddress: limits.connectionsPerAddress, countsLoopback: limits.countLoopback)
        self.publicationRate = RateLimiter(rate: limits.publicationRate, countsLoopback: limits.countLoopback)
        self.commandRate = RateLimiter(rate: limits.commandRate, countsLoopback: limits.countLoopback)
        for endpoint in configuration.webSocketEndpoints { self.add(endpoint) }
    }

    func add(_ endpoint: WebSocketEndpoint) {
        self.responders.add(endpoint, at: endpoint.path, methods: [.GET])
    }

    /// The server has been told to stop.
    var isDraining: Bool { self.draining.load(ordering: .acquiring) }
    func beginDraining() { self.draining.store(true, ordering: .releasing) }

    /// When a client should come back, in milliseconds: spread, so that they don't all come at once.
    func spreadRetry() -> Int {
        let base = self.configuration.retry
        return Int.random(in: base...max(base, base * 3))
    }
}

/// What belongs to one loop.
final class LoopContext {
    let server: ServerContext
    let eventLoop: any EventLoop
    let shard: HubShard
    let timers: TimerWheel
    /// The last `Host` that was checked and allowed.
    var knownHost: String?
    /// Every open connection, for the drain.
    private(set) var connections = ConnectionList()
    /// The streams of clients that have an id.
    var directory = ConnectionDirectory()

    init(server: ServerContext, eventLoop: any EventLoop) {
        self.server = server
        self.eventLoop = eventLoop
        self.shard = server.hub.shard(on: eventLoop)
        self.timers = TimerWheel(eventLoop: eventLoop)
    }

    func add(_ connection: Connection) { self.connections.add(connection) }
    func remove(_ connection: Connection) { self.connections.remove(connection) }
}
