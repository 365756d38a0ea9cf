public import HalleyHub
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle

/// A push server: one hub, every way to push.
///
/// ```swift
/// let server = try await HalleyServer.start(configuration)
/// try await server.hub.publish(.text("hello"), to: Topic("news"))
/// try await server.run()
/// ```
/// `run()` ends when its service group shuts down gracefully, or its task is cancelled.
public final class HalleyServer: Service {
    public let hub: Hub
    public let configuration: ServerConfiguration
    /// Where it listens.
    public let address: SocketAddress
    let context: ServerContext
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let loops: LoopContexts

    private init(
        context: ServerContext, group: MultiThreadedEventLoopGroup, listener: any Channel, loops: LoopContexts,
        address: SocketAddress
    ) {
        self.context = context
        self.hub = context.hub
        self.configuration = context.configuration
        self.group = group
        self.listener = listener
        self.loops = loops
        self.address = address
    }

    /// Starts to listen; clients are answered from now on.
    /// - Parameter engine: `nil`: one in memory, with the configuration's rules.
    /// - Throws: ``ServerError`` where the address can't be listened on.
    public static func start(
        _ configuration: ServerConfiguration,
        engine: (any Engine)? = nil,
        logger: Logger = Logger(label: "halley")
    ) async throws -> HalleyServer {
        let threads = configuration.threads > 0 ? configuration.threads : System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        do {
            let (rules, limits) = (configuration.topicRules, configuration.limits)
            let eventLoops = Array(group.makeIterator())
            let hub = try await Hub(
                engine: engine ?? MemoryEngine(rules: rules), rules: rules, eventLoops: eventLoops,
                leases: LeaseLimits(total: limits.leases, perAddress: limits.leasesPerAddress))
            let limit = limits.connections
            let context = ServerContext(
                configuration: configuration, hub: hub,
                connectionLimit: limit > 0 ? limit : OpenFiles.raiseLimit() - OpenFiles.reserve, logger: logger)
            let loops = LoopContexts(context, eventLoops)
            let listener = try await Listener(context: context, loops: loops).bind(on: group)
            guard let address = listener.localAddress else { throw ServerError.noAddress }
            return HalleyServer(context: context, group: group, listener: listener, loops: loops, address: address)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    public var port: Int { self.address.port ?? 0 }

    /// What the server has at the moment.
    public var connectionCount: Int { self.context.connections.count }

    var idempotencyKeyCount: Int { self.context.idempotency.count }

    /// Serves until a graceful shutdown, then drains.
    public func run() async throws {
        let tick = Task { try await self.tick() }
        let demo = self.configuration.demo ? Task { try await DemoPublisher(server: self).run() } : nil
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(Int64.max / 4)) }
        await self.stop()
        tick.cancel()
        demo?.cancel()
        _ = await demo?.result
        _ = await tick.result
        await self.hub.engine.shutdown()
        try await self.group.shutdownGracefully()
    }

    /// What is due each second.
    private func tick() async throws {
        let metrics = ServerMetrics()
        var memory = MemoryReturn()
        while true {
            try await Task.sleep(for: .seconds(1))
            self.hub.engine.expire()
            self.hub.presence.expire()
            self.context.idempotency.expire()
            metrics.report(self)
            memory.look(connections: self.connectionCount)
        }
    }

    /// Asks every loop, on it.
    func context<Answer: Sendable>(
        onEachLoop body: @escaping @Sendable (LoopContext) -> Answer
    ) async throws -> [Answer] {
        try await self.loops.onEach(body)
    }

    // MARK: - Stopping

    /// Not ready first, then no new connections, then one after the other is told to come back.
    private func stop() async {
        let drain = Drain(within: self.configuration.drain)
        self.context.logger.info("draining", metadata: ["connections": "\(self.connectionCount)"])
        self.context.beginDraining()
        await drain.wait(drain.announcement)
        try? await self.listener.close().get()
        await self.loops.drain(drain)
        self.context.logger.info("stopped")
    }
}

/// Why a server can't start.
public enum ServerError: Error, Sendable, CustomStringConvertible {
    case noAddress
    case cannotListen(host: String, port: Int, reason: String)

    public var description: String {
        switch self {
        case .noAddress: "The listening socket has no address."
        case .cannotListen(let host, let port, let reason): "Can't listen on \(host) port \(port): \(reason)"
        }
    }
}
