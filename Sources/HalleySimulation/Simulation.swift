/// One seed, one run: everything that happens in it follows from the seed.
public enum Simulation {
    public struct Outcome: Sendable {
        public let seed: UInt64
        public let failure: Failure?
        public let coverage: Coverage
        public let steps: Int
        /// What happened, line by line, where it was asked for.
        public let trace: [String]
    }

    public struct Failure: Sendable, CustomStringConvertible {
        public let step: Int
        public let message: String

        public var description: String { "step \(self.step): \(self.message)" }
    }

    /// - Parameter isTracing: keeps a line for everything that happens.
    public static func run(seed: UInt64, isTracing: Bool = false) -> Outcome {
        let run = Run(seed: seed, isTracing: isTracing)
        run.perform()
        let ledger = run.ledger
        return Outcome(
            seed: seed, failure: ledger.failure, coverage: ledger.coverage, steps: ledger.step, trace: ledger.trace)
    }
}
