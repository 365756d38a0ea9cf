import ArgumentParser
import HalleyBench

/// Who subscribes.
struct CrowdOptions: ParsableArguments {
    @Option(help: "\(Self.transports).", transform: Self.transport)
    var transport = BenchTransport.ws

    @Option(help: "Subscribers.")
    var connections = 1000

    @Option(help: "Addresses they come from: 127.0.0.1, 127.0.0.2 and so on. (default: one for each 10000)")
    var sources: Int?

    @Option(help: "Connections that may be on their way at the same time.")
    var window = 64

    @Option(help: "Another server's address to subscribe at: ws://… or, for Server-Sent Events, http://….")
    var subscribeURL: String?

    @Option(help: "What each WebSocket client sends to begin with, for servers that want it.")
    var greeting: String?

    func validate() throws {
        guard 1...1_000_000 ~= self.connections else {
            throw ValidationError("--connections must be from 1 to 1000000.")
        }
        guard 1...200 ~= self.settledSources else { throw ValidationError("--sources must be from 1 to 200.") }
        guard self.window > 0 else { throw ValidationError("--window must be at least 1.") }
    }

    func plan(_ options: BenchOptions, _ topic: String) throws -> CrowdPlan {
        var plan = CrowdPlan(
            request: try self.request(options, topic, self.transport), connections: self.connections,
            sources: self.settledSources, size: options.size)
        plan.window = self.window
        plan.greeting = self.greeting
        return plan
    }

    func request(_ options: BenchOptions, _ topic: String, _ transport: BenchTransport) throws -> SubscribeRequest {
        if let subscribeURL { return SubscribeRequest(foreign: try BenchOptions.checked { try Address(subscribeURL) }) }
        return SubscribeRequest(server: try options.server(), topic: topic, transport: transport)
    }

    private var settledSources: Int { self.sources ?? (self.connections + 9999) / 10_000 }

    private static var transports: String { BenchTransport.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func transport(_ text: String) throws -> BenchTransport {
        guard let transport = BenchTransport(rawValue: text) else {
            throw ValidationError("“\(text)” is no transport; there are \(self.transports).")
        }
        return transport
    }
}
