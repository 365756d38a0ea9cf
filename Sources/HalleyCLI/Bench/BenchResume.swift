import ArgumentParser
import HalleyBench

struct BenchResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Clients that come back all at once, with a cursor that is many publications old.",
        discussion: """
            The connections are there before the clock starts; then all ask at once. The time and the CPU are those of
            the requests and of all that they bring.
            """)

    @OptionGroup var crowd: CrowdOptions
    @OptionGroup var options: BenchOptions

    @Option(help: "Publications that each missed.")
    var missed = 100

    func validate() throws {
        guard 1...100_000 ~= self.missed else { throw ValidationError("--missed must be from 1 to 100000.") }
        guard self.crowd.transport != .longpoll else { throw ValidationError("resume has no longpoll.") }
        guard self.crowd.subscribeURL?.hasPrefix("ws://") != true else {
            throw ValidationError("resume at another server goes by Last-Event-ID: --subscribe-url must be http://….")
        }
    }

    func run() async throws {
        let topic = self.options.settledTopic()
        let crowd = try self.crowd.plan(self.options, topic)
        let probe = try self.crowd.request(self.options, topic, .sse)
        let request = try self.options.publishRequest(topic)
        try await self.options.report {
            try await Bench.resume(
                crowd, probing: probe, publishing: request, missed: self.missed, self.options.setting)
        }
    }
}
