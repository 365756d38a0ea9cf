import ArgumentParser
import HalleyBench

struct BenchConnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Subscribers that come as fast as they can: CPU time and memory of each.")

    @OptionGroup var crowd: CrowdOptions
    @OptionGroup var options: BenchOptions

    func run() async throws {
        let topic = self.options.settledTopic()
        let crowd = try self.crowd.plan(self.options, topic)
        let request = try self.options.publishRequest(topic)
        try await self.options.report { try await Bench.fanOut(crowd, publishing: request, nil, self.options.setting) }
    }
}
