import ArgumentParser
import Foundation
import Halley
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Opens what public conformance suites expect: a WebSocket echo at `/` and `/echo`, without limits that a suite trips over.
@main
struct Conformance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Starts a server for public conformance suites.")

    @Option(help: "The port; 0: a free one.") var port = 9000
    @Option(help: "Where to listen.") var host = "127.0.0.1"
    // For tests of what else takes long.
    @Option(help: .hidden) var pingMilliseconds: Int64?
    @Option(help: .hidden) var pongMilliseconds: Int64?
    @Option(help: .hidden) var stallMilliseconds: Int64?

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "conformance")
        logger.logLevel = .notice
        let server = try await HalleyServer.start(self.server, logger: logger)
        server.webSocket("/late", settings: Self.settings, serve: Self.echo)
        print("listening on http://\(self.host):\(server.port)")
        fflush(nil)
        try await ServiceGroup(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    private var server: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.host = self.host
        configuration.port = self.port
        configuration.allowedOrigins = ["*"]
        configuration.drain = .seconds(2)
        for path in ["/", "/echo"] {
            configuration.webSocket(path, settings: Self.settings, serve: Self.echo)
        }
        if let pingMilliseconds { configuration.pingInterval = .milliseconds(pingMilliseconds) }
        if let pongMilliseconds { configuration.pongTimeout = .milliseconds(pongMilliseconds) }
        if let stallMilliseconds { configuration.limits.stall = .milliseconds(stallMilliseconds) }
        return configuration
    }

    @Sendable private static func echo(_ socket: WebSocket) async throws {
        for try await message in socket.messages { try await socket.send(message) }
    }

    /// Autobahn sends messages of 16 MiB, and whole ones in fragments of 64 bytes.
    private static var settings: WebSocketSettings {
        var settings = WebSocketSettings()
        settings.maximumMessage = 16 << 20
        settings.maximumFragments = 1 << 20
        settings.compression?.keepsContext = true
        // Compression is to be seen in cases with messages of 16 bytes too.
        settings.compression?.threshold = 0
        return settings
    }
}
