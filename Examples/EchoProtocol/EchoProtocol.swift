import ArgumentParser
import Foundation
import Halley
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The classic first example of a WebSocket server: it echoes text and binary messages to those who speak `echo-protocol`,
/// and refuses pages of foreign origins.
@main
struct EchoProtocol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Echoes messages in the subprotocol echo-protocol.")
    static let name = "echo-protocol"

    @Option(help: "The port; 0: a free one.") var port = 8080
    @Option(help: "An origin whose pages may connect, like https://example.org; may repeat.") var allowOrigin:
        [String] = []

    func run() async throws {
        var configuration = ServerConfiguration()
        configuration.port = self.port
        configuration.drain = .seconds(2)
        // The hook below decides.
        configuration.allowedOrigins = ["*"]
        let allowed = Set(self.allowOrigin)
        configuration.webSocket(
            "/", protocols: [Self.name],
            accept: { request in Self.decide(request, allowed) },
            serve: { socket in
                Self.say("Connection accepted.")
                for try await message in socket.messages {
                    switch message {
                    case .text(let text): Self.say("Received message: \(text)")
                    case .binary(let bytes): Self.say("Received binary message of \(bytes.readableBytes) bytes")
                    }
                    try await socket.send(message)
                }
                Self.say("Peer \(socket.remoteAddress?.ipAddress ?? "unknown") disconnected.")
            })
        let server = try await HalleyServer.start(configuration)
        print("listening on http://127.0.0.1:\(server.port)")
        fflush(nil)
        var logger = Logger(label: "echo")
        logger.logLevel = .warning
        try await ServiceGroup(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    /// Programs name no origin; pages always do.
    private static func decide(_ request: WebSocketRequest, _ allowed: Set<String>) -> WebSocketAcceptance {
        if let origin = request.origin, !allowed.contains(origin) {
            self.say("Connection from origin \(origin) was rejected.")
            return .refuse(status: 403, message: "Pages of \(origin) may not connect; allow them with --allow-origin.")
        }
        guard request.protocols.contains(self.name) else {
            self.say("A connection without the subprotocol \(self.name) was rejected.")
            return .refuse(status: 400, message: "Name the subprotocol \(self.name) in Sec-WebSocket-Protocol.")
        }
        return .accept
    }

    private static func say(_ line: String) {
        print("\(Date().formatted(.iso8601)) \(line)")
        fflush(nil)
    }
}
