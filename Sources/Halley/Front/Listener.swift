import HalleyHub
import NIOCore
import NIOPosix

/// Accepts connections and sets up their handlers.
struct Listener {
    let context: ServerContext
    let loops: LoopContexts

    func bind(on group: any EventLoopGroup) async throws -> any Channel {
        let configuration = self.context.configuration
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelInitializer(self.initialize)
        do {
            return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw ServerError.cannotListen(
                host: configuration.host, port: configuration.port, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "the port is in use; stop the other program or choose another one with --port."
        case EACCES: "ports below 1024 need more rights; choose another one with --port."
        case EADDRNOTAVAIL: "this machine has no such address; choose another one with --host."
        default: error.description
        }
    }

    private var initialize: @Sendable (any Channel) -> EventLoopFuture<Void> {
        { [context, loops] channel in
            let peer = channel.remoteAddress
            let address = ClientAddress(peer)
            let place = context.connections.admit(address)
            if place == .refused { return channel.close() }
            channel.closeFuture.whenComplete { _ in context.connections.release(place, of: address) }
            return channel.eventLoop.makeCompletedFuture {
                try Self.addHandlers(to: channel, peer, address, isOverloaded: place == .overloaded, loops)
            }
        }
    }

    private static func addHandlers(
        to channel: any Channel, _ peer: SocketAddress?, _ address: ClientAddress, isOverloaded: Bool,
        _ loops: LoopContexts
    ) throws {
        let loop = loops.context(on: channel.eventLoop)
        let gate = RequestGate(
            server: loop.server, isOnLoopback: ClientAddress(channel.localAddress).isLoopback,
            isOverloaded: isOverloaded)
        try Self.setOptions(of: channel)
        try HTTP1Connection.add(to: channel, loop: loop, address: address, peer: peer, gate: gate)
    }

    /// Set here, not by the bootstrap, whose way takes three times as long. TCP_NODELAY they have from the listener.
    private static func setOptions(of channel: any Channel) throws {
        let options = channel.syncOptions
        try options?.setOption(.recvAllocator, value: ReceiveBuffer())
        try options?.setOption(.allowRemoteHalfClosure, value: true)
        // What is not wanted yet is not more than one read.
        try options?.setOption(.maxMessagesPerRead, value: 1)
    }
}
