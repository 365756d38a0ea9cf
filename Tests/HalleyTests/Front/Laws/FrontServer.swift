import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

@testable import Halley

/// A server with a socket of its own, for as long as `body` runs.
func withFrontServer(_ body: (HalleyServer) async throws -> Void) async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.apiKey = APIKey("the-key")!
    configuration.drain = .milliseconds(200)
    configuration.threads = 1
    configuration.limits.publicationRate = 0
    // A sanitizer makes everything slow; these tests are not about time.
    configuration.limits.headTimeout = .minutes(4)
    configuration.limits.bodyTimeout = .minutes(4)
    configuration.limits.stall = .minutes(4)
    let server = try await HalleyServer.start(
        configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    server.context.addFrontResponders()
    let running = Task { try await server.run() }
    var failure: (any Error)?
    do { try await body(server) } catch { failure = error }
    running.cancel()
    try await running.value
    if let failure { throw failure }
}

/// A plain connection of a client, which gathers what it gets.
final class RawClient: Sendable {
    let channel: any Channel
    private let gathered: NIOLockedValueBox<[UInt8]>

    private init(_ channel: any Channel, _ gathered: NIOLockedValueBox<[UInt8]>) {
        self.channel = channel
        self.gathered = gathered
    }

    static func connect(to server: HalleyServer) async throws -> RawClient {
        let gathered = NIOLockedValueBox<[UInt8]>([])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Gatherer(gathered))
                }
            }
            .connect(to: server.address).get()
        return RawClient(channel, gathered)
    }

    private final class Gatherer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let gathered: NIOLockedValueBox<[UInt8]>

        init(_ gathered: NIOLockedValueBox<[UInt8]>) { self.gathered = gathered }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data)
            self.gathered.withLockedValue { $0 += bytes.readableBytesView }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// The server may have ended the connection meanwhile.
    func send(_ bytes: [UInt8]) async { try? await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    func read(_ isOn: Bool) async { try? await self.channel.setOption(.autoRead, value: isOn).get() }

    func closeHalf() async { try? await self.channel.close(mode: .output).get() }

    /// Goes without a word: with a reset.
    func vanish() async {
        try? await (self.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await self.channel.close().get()
    }

    /// All that came until the server ended the connection.
    func rest() async throws -> [UInt8] {
        try await self.channel.closeFuture.get()
        return self.gathered.withLockedValue { $0 }
    }
}
