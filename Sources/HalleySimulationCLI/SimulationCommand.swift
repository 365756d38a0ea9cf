import ArgumentParser
import Foundation
import HalleySimulation
import Synchronization

@main
struct SimulationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halley-simulation",
        abstract: "Runs the hub against a model of what every client is owed, from seeds.")

    @Option(help: "How many runs.")
    var runs = 10_000

    @Option(help: "The seed of the first run; the next ones follow it. Drawn where none is given.")
    var seed: UInt64?

    @Option(help: "How many runs at a time.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Flag(help: "Prints the trace of every run.")
    var verbose = false

    func validate() throws {
        if self.runs < 1 { throw ValidationError("--runs must be at least 1") }
        if self.jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    }

    func run() async throws {
        let seed = self.seed ?? .random(in: .min ... .max)
        print("seed \(seed), \(self.runs) runs, \(self.jobs) at a time")
        let campaign = Campaign(seed: seed, runs: self.runs, isVerbose: self.verbose)
        await campaign.perform(jobs: self.verbose ? 1 : self.jobs)
        if !campaign.report() { throw ExitCode.failure }
    }
}
