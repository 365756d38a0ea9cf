import HalleySimulation
import Testing

@Suite struct SimulationTests {
    /// A failure names its seed: `halley-simulation --runs 1 --seed <seed> --verbose` repeats it.
    @Test func aFewHundredRuns() {
        for seed in UInt64(0)..<300 {
            let outcome = Simulation.run(seed: seed)
            guard let failure = outcome.failure else { continue }
            Issue.record("seed \(seed), \(failure)")
            return
        }
    }

    @Test func everySituationOccurs() async {
        let coverage = await withTaskGroup(of: Coverage.self) { group in
            for part in UInt64(0)..<4 {
                group.addTask {
                    var coverage = Coverage()
                    for seed in (1_000_000 + part * 2500)..<(1_000_000 + (part + 1) * 2500) {
                        let outcome = Simulation.run(seed: seed)
                        coverage.add(outcome.coverage)
                        if let failure = outcome.failure { Issue.record("seed \(seed), \(failure)") }
                    }
                    return coverage
                }
            }
            return await group.reduce(into: Coverage()) { $0.add($1) }
        }
        #expect(coverage.missing.isEmpty)
    }

    @Test func aSeedIsARun() {
        for seed in UInt64(50)..<60 {
            let traces = (0..<2).map { _ in Simulation.run(seed: seed, isTracing: true).trace }
            #expect(traces[0] == traces[1])
            #expect(!traces[0].isEmpty)
        }
    }
}
