import NIOCore
import NIOPosix
import NIOSSL

@testable import HalleyClient

/// A server that does to each of its connections what a test says, well or badly.
enum ScriptedServer {
    /// What it does to a connection; the first has number 1. The connection is closed when that is done.
    typealias Script = @Sendable (_ peer: inout Peer, _ number: Int) async throws -> Void
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// - Parameter body: gets the server's address.
    static func run<Result: Sendable>(
        tls: NIOSSLContext? = nil, _ script: @escaping Script, _ body: @Sendable (String) async throws -> Result
    ) async throws -> Result {
        let listener = try await self.listen(tls)
        let port = listener.channel.localAddress?.port ?? 0
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.serve(listener, script) }
            defer { group.cancelAll() }
            return try await body("\(tls == nil ? "http" : "https")://127.0.0.1:\(port)")
        }
    }

    private static func listen(_ tls: NIOSSLContext?) async throws -> NIOAsyncChannel<Connection, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private static func serve(_ listener: NIOAsyncChannel<Connection, Never>, _ script: @escaping Script) async throws {
        try await listener.executeThenClose { connections in
            await withDiscardingTaskGroup { group in
                var count = 0
                // The end of the test cancels it.
                do {
                    for try await connection in connections {
                        count += 1
                        let number = count
                        group.addTask { await self.perform(script, on: connection, number) }
                    }
                } catch {}
            }
        }
    }

    /// A client that goes away is part of the play.
    private static func perform(_ script: Script, on connection: Connection, _ number: Int) async {
        try? await connection.executeThenClose { inbound, outbound in
            var peer = Peer(connection.channel, inbound.makeAsyncIterator(), outbound)
            try await script(&peer, number)
        }
    }
}
