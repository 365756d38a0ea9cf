import ArgumentParser
import HalleyClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where the server is.
struct ClientOptions: ParsableArguments {
    @Option(help: "The server's address. [HALLEY_URL] (default: http://127.0.0.1:8080)")
    var url: String?

    @Option(help: "The server's API key. [HALLEY_API_KEY]")
    var apiKey: String?

    func client(heartbeat: Duration = .seconds(15)) throws -> HalleyClient {
        try HalleyClient(url: self.server, apiKey: self.key, heartbeat: heartbeat)
    }

    var server: String { self.url ?? ProcessInfo.processInfo.environment["HALLEY_URL"] ?? "http://127.0.0.1:8080" }

    var key: String? { self.apiKey ?? ProcessInfo.processInfo.environment["HALLEY_API_KEY"] }
}
