import ArgumentParser
import Halley
import Logging
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Starts the server.",
        discussion: """
            Every option can also be given as an environment variable (--max-body as HALLEY_MAX_BODY) and in the YAML file
            that --config names (max-body: 2MiB); an option wins over the environment, the environment over the file.

            Sizes are bytes, or like 64KiB, 1MiB. Times are seconds, or like 500ms, 10m, 1h.

            A topic rule is a prefix and what holds for the topics that begin with it; “default” is the rule for the others:
              --rule 'chat: publish=everyone count=500 age=1h bytes=1MiB slow=latest budget=64MiB topics=10000'
            publish, subscribe, history: everyone or key; slow: rewind, disconnect, skip or latest. “halley check-config” with
            the same options shows every rule in full.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        do {
            let settings = try await self.options.settings()
            settings.printWarnings()
            LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
            var logger = Logger(label: "halley")
            logger.logLevel = settings.logLevel
            let server = try await HalleyServer.start(settings.server, logger: logger)
            // The group's own words are of no interest to who runs a server.
            var quiet = logger
            quiet.logLevel = max(settings.logLevel, .warning)
            let group = ServiceGroup(
                services: [GreetingService(server: server, settings: settings)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
            try await group.run()
        } catch {
            throw Failure.exit(error)
        }
    }

}

/// Says where the server is as soon as signals are taken care of: who reads it may send one at once.
private struct GreetingService: Service {
    let server: HalleyServer
    let settings: Settings

    func run() async throws {
        self.greet()
        try await self.server.run()
    }

    private func greet() {
        let url = "http://\(Self.shownHost(self.settings.server.host)):\(self.server.port)"
        Terminal.print("listening on \(url)")
        if self.settings.server.demo {
            Terminal.print(
                """
                  page       \(url)/
                  subscribe  curl -N '\(url)/sse?topic=demo:clock'
                  publish    curl -d hello '\(url)/publish?topic=demo:chat'
                """)
        }
        if !self.settings.hasOwnKey {
            Terminal.print(
                "  API key    \(self.settings.server.apiKey.text)  (made for this run; set HALLEY_API_KEY to keep one)")
        }
    }

    /// Something that a browser on this machine can open.
    private static func shownHost(_ host: String) -> String {
        if host == "0.0.0.0" || host == "::" { return "localhost" }
        return host.contains(":") ? "[\(host)]" : host
    }
}
