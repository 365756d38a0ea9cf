import ArgumentParser

/// Counts what work costs, in numbers that do not vary: so a test can hold them.
@main struct CountsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halley-counts",
        abstract: "Counts the allocations of Halley's hot paths.",
        discussion:
            "`Benchmarks/Counts/check` compares them, and the instructions that callgrind counts, with the limits."
    )

    @Option(help: "Do this work only, and count nothing: for a profiler.")
    var only: String?

    @Option(help: "How many units of work.")
    var units = 20_000

    func validate() throws {
        if self.units < 1 { throw ValidationError("--units must be at least 1.") }
        if let only, !Scenario.all.contains(where: { $0.name == only }) {
            throw ValidationError("There is no “\(only)”, only: \(Scenario.all.map(\.name).joined(separator: "; ")).")
        }
    }

    func run() throws {
        if let only {
            for scenario in Scenario.all where scenario.name == only { try scenario.make()(self.units) }
            return
        }
        for scenario in Scenario.all {
            let hundredths = try scenario.allocations(units: self.units)
            print("\(scenario.name)\t\(scenario.unit)\t\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)")
        }
    }
}
