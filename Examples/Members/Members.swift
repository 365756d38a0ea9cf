import ArgumentParser
import Foundation
import Halley
import HalleyHub
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// A server that knows its members: each reads an inbox of its own, and writes to everybody's.
@main
struct Members: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Inboxes: members write to all, and read their own.")

    @Option(help: "The port; 0: a free one.") var port = 8080
    @Option(help: "A member and what it logs in by, like ann=secret; may repeat.") var member: [String] = []
    @Option(help: "After how many seconds the members' log-ins end.") var session = 3600

    func run() async throws {
        let members = Dictionary(
            self.member.map { text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts.last ?? "", parts.first ?? "")
            }, uniquingKeysWith: { first, _ in first })
        let end = Int64((Date().timeIntervalSince1970 + Double(self.session)) * 1000)

        var configuration = ServerConfiguration()
        configuration.port = self.port
        configuration.drain = .seconds(2)
        if let key = ProcessInfo.processInfo.environment["HALLEY_API_KEY"].flatMap(APIKey.init) {
            configuration.apiKey = key
        }
        var inboxes = TopicRule(prefix: "inbox:")
        inboxes.publish = .hook
        inboxes.subscribe = .hook
        configuration.rules = [inboxes]
        // Who is it? The grants say what a member may do without a further question.
        configuration.identify { credentials in
            guard let token = credentials.token, let name = members[token] else { return nil }
            let own = Grant([.subscribe, .history, .presence], to: try Topic("inbox:\(name)"))
            return Principal(user: name, showing: credentials, grants: [own], expires: end)
        }
        // May it? Asked for all else whose rule says `hook`: here, for writing to an inbox.
        configuration.authorize { principal, action, topics in
            if principal.user != nil, action == .publish { return .allow() }
            return .refuse(topics)
        }
        // An endpoint of one's own knows who it is, too.
        configuration.webSocket("/whoami") { socket in
            try await socket.send(.text(socket.request.principal.user ?? "nobody"))
        }
        let server = try await HalleyServer.start(configuration)
        print("listening on http://127.0.0.1:\(server.port)")
        fflush(nil)
        var logger = Logger(label: "members")
        logger.logLevel = .warning
        try await ServiceGroup(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}
