import ArgumentParser
import HalleyBench

struct BenchPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "One publisher that waits for each answer, and nobody who subscribes.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many publications.")
    var publications = 10_000

    func validate() throws {
        guard self.publications > 0 else { throw ValidationError("--publications must be at least 1.") }
        guard self.options.publishURL?.hasPrefix("ws://") != true else {
            throw ValidationError("A WebSocket message has no answer to wait for: --publish-url must be http://… here.")
        }
    }

    func run() async throws {
        let request = try self.options.publishRequest(self.options.settledTopic())
        try await self.options.report {
            try await Bench.publish(request, count: self.publications, size: self.options.size, self.options.setting)
        }
    }
}
