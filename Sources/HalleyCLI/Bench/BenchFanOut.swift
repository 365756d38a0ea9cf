import ArgumentParser
import HalleyBench

struct BenchFanOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fan-out",
        abstract: "Subscribers to one topic, and publications that all of them get.",
        discussion: """
            Without --rate the next publications go out when every subscriber has the ones before: latency and CPU per
            delivery at the server's own speed. With --rate they go out on time, and latency counts from then.
            """)

    @OptionGroup var crowd: CrowdOptions
    @OptionGroup var options: BenchOptions

    @Option(help: "Publications that go out together; Halley gets several as one batch, others as a POST each.")
    var outstanding = 1

    @Option(help: "Publications a second, in place of --outstanding.")
    var rate: Double?

    @Option(help: "How many publications. (default: 1000, or what --duration brings)")
    var publications: Int?

    @Option(help: "How many seconds, in place of --publications.")
    var duration: Double?

    @Option(help: "Publications before anything is counted.")
    var warmUp = 10

    func validate() throws {
        guard 1...1000 ~= self.outstanding else { throw ValidationError("--outstanding must be from 1 to 1000.") }
        guard self.rate.map({ $0 > 0 && $0 <= 1e6 }) ?? true else {
            throw ValidationError("--rate must be more than 0.")
        }
        guard self.duration.map({ $0 > 0 && $0 <= 1e6 }) ?? true else {
            throw ValidationError("--duration must be more than 0.")
        }
        guard self.publications.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--publications must be at least 1.")
        }
        guard self.duration == nil || self.publications == nil else {
            throw ValidationError("Give --publications or --duration, not both.")
        }
    }

    func run() async throws {
        let topic = self.options.settledTopic()
        let plan = FanOutPlan(
            pace: self.rate.map { .rate($0) } ?? .outstanding(self.outstanding),
            length: self.duration.map { .seconds($0) } ?? .publications(self.publications ?? 1000), warmUp: self.warmUp)
        let crowd = try self.crowd.plan(self.options, topic)
        let request = try self.options.publishRequest(topic)
        try await self.options.report { try await Bench.fanOut(crowd, publishing: request, plan, self.options.setting) }
    }
}
