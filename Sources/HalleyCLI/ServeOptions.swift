import ArgumentParser
import Configuration

/// The options of the server: all text, so that they are read by the same rules as the environment and the file.
struct ServeOptions: ParsableArguments {
    @Option(help: "A YAML file with settings. [HALLEY_CONFIG]") var config: String?

    @Option(help: "The address to listen on; 0.0.0.0 for all. (default: 127.0.0.1)") var host: String?
    @Option(help: "The port; 0 for a free one. (default: 8080)") var port: String?
    @Flag(help: "Live demo data, a page at /, topics demo:… open to everyone, any origin.") var demo = false
    @Option(help: "The key that publishing needs. (default: one made for this run)") var apiKey: String?
    @Option(help: "A topic rule: “PREFIX key=value …”; may repeat.") var rule: [String] = []
    @Option(help: "Bytes of history that all topics hold together. (default: 256MiB)") var historyMemory: String?
    @Option(help: "An origin whose pages may use the server, * for all; may repeat.") var allowOrigin: [String] = []
    @Option(help: "A host name that is answered on a loopback address; may repeat.") var allowHost: [String] = []
    @Option(help: "How long a stop may take. (default: 10)") var drain: String?
    @Option(help: "Time between heartbeats. (default: 15)") var heartbeat: String?
    @Option(help: "After how many milliseconds an EventSource comes back. (default: 3000)") var retry: String?
    @Option(help: "Time between WebSocket pings. (default: 25)") var pingInterval: String?
    @Option(help: "How long a WebSocket client may take for its pong. (default: 20)") var pongTimeout: String?
    @Option(help: "Event loops; 0: one for each core. (default: 0)") var threads: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)") var logLevel: String?

    @Option(help: "Connections in total; 0: what the process may open. (default: 0)") var maxConnections: String?
    @Option(help: "Connections of one address. (default: 1000)") var maxConnectionsPerAddress: String?
    @Option(help: "Topics on which clients that poll are known to be. (default: 100000)") var maxLeases: String?
    @Option(help: "The same, of one address; its polls beyond are refused. (default: 5000)") var maxLeasesPerAddress:
        String?
    @Option(help: "Publications per second and address; 0: no limit. (default: 1000)") var publishRate: String?
    @Option(help: "Commands per second and address; 0: no limit. (default: 100)") var commandRate: String?
    @Flag(help: "Limits per address go for clients on this machine too.") var limitLoopback = false
    @Option(help: "Bytes of a request's body. (default: 1MiB)") var maxBody: String?
    @Option(help: "Bytes of a request's line and headers. (default: 16KiB)") var maxHead: String?
    @Option(help: "Bytes of a request's address. (default: 8KiB)") var maxURI: String?
    @Option(help: "Bytes of a WebSocket client's message. (default: 64KiB)") var maxMessage: String?
    @Option(help: "How long a request's head may take. (default: 10)") var headTimeout: String?
    @Option(help: "How long a request's body may take. (default: 30)") var bodyTimeout: String?
    @Option(help: "How long hooks may take to decide about a push or a WebSocket. (default: 30)") var takeoverTimeout:
        String?
    @Option(help: "How long a connection may wait for its next request. (default: 75)") var idleTimeout: String?
    @Option(help: "Bytes that wait for a connection before it counts as slow. (default: 1MiB)") var sendLimit: String?
    @Option(help: "How long a connection may take nothing while something waits. (default: 60)") var stallTimeout:
        String?

    /// What was given, by the names that the environment and the file use too.
    var given: [String: [String]] {
        let single: [(String, String?)] = [
            ("host", self.host), ("port", self.port), ("api-key", self.apiKey), ("history-memory", self.historyMemory),
            ("drain", self.drain), ("heartbeat", self.heartbeat), ("retry", self.retry),
            ("ping-interval", self.pingInterval), ("pong-timeout", self.pongTimeout), ("threads", self.threads),
            ("log-level", self.logLevel), ("max-connections", self.maxConnections),
            ("max-connections-per-address", self.maxConnectionsPerAddress), ("max-leases", self.maxLeases),
            ("max-leases-per-address", self.maxLeasesPerAddress), ("publish-rate", self.publishRate),
            ("command-rate", self.commandRate), ("max-body", self.maxBody), ("max-head", self.maxHead),
            ("max-uri", self.maxURI), ("max-message", self.maxMessage), ("head-timeout", self.headTimeout),
            ("body-timeout", self.bodyTimeout), ("takeover-timeout", self.takeoverTimeout),
            ("idle-timeout", self.idleTimeout), ("send-limit", self.sendLimit),
            ("stall-timeout", self.stallTimeout), ("demo", self.demo ? "true" : nil),
            ("limit-loopback", self.limitLoopback ? "true" : nil),
        ]
        let lists = [("rule", self.rule), ("allow-origin", self.allowOrigin), ("allow-host", self.allowHost)]
        let all = single.compactMap { name, value in value.map { (name, [$0]) } } + lists.filter { !$0.1.isEmpty }
        return Dictionary(uniqueKeysWithValues: all)
    }

    func settings() async throws -> Settings { try await SettingsReader(self).read() }
}
