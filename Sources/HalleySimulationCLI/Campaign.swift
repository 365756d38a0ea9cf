import Foundation
import HalleySimulation
import NIOConcurrencyHelpers

/// Many runs, some at a time, up to the first failure.
final class Campaign: Sendable {
    private struct State: Sendable {
        var next = 0
        var done = 0
        var coverage = Coverage()
        var failed: Simulation.Outcome?
        var shown: ContinuousClock.Instant
    }

    private let seed: UInt64
    private let runs: Int
    private let isVerbose: Bool
    private let began = ContinuousClock.now
    private let state: NIOLockedValueBox<State>

    init(seed: UInt64, runs: Int, isVerbose: Bool) {
        self.seed = seed
        self.runs = runs
        self.isVerbose = isVerbose
        self.state = NIOLockedValueBox(State(shown: .now))
    }

    func perform(jobs: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<jobs { group.addTask { self.work() } }
        }
    }

    /// Each takes a few runs at a time, so that the lock costs nothing.
    private func work() {
        while let range = self.take() {
            var coverage = Coverage()
            for number in range {
                let outcome = Simulation.run(seed: self.seed &+ UInt64(number), isTracing: self.isVerbose)
                if self.isVerbose { print(outcome.trace.joined(separator: "\n")) }
                coverage.add(outcome.coverage)
                if outcome.failure != nil { return self.fail(outcome) }
            }
            self.done(range.count, coverage)
        }
    }

    private func take() -> Range<Int>? {
        self.state.withLockedValue { state in
            if state.failed != nil || state.next >= self.runs { return nil }
            let start = state.next
            state.next = min(self.runs, start + 50)
            return start..<state.next
        }
    }

    private func fail(_ outcome: Simulation.Outcome) {
        self.state.withLockedValue { state in
            if let failed = state.failed, failed.seed &- self.seed < outcome.seed &- self.seed { return }
            state.failed = outcome
        }
    }

    private func done(_ count: Int, _ coverage: Coverage) {
        self.state.withLockedValue { state in
            state.done += count
            state.coverage.add(coverage)
            guard state.shown.duration(to: .now) > .seconds(5) else { return }
            state.shown = .now
            print("\(state.done) runs, \(self.rate(state.done)) a second")
        }
    }

    private func rate(_ done: Int) -> Int {
        let elapsed = self.began.duration(to: .now)
        return Int(Double(done) / (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18))
    }

    /// So many runs come by every situation.
    private static let enoughForAll = 10_000

    /// - Returns: whether all went well.
    func report() -> Bool {
        let state = self.state.withLockedValue { $0 }
        guard let failed = state.failed, let failure = failed.failure else {
            print(state.coverage.table)
            print("\(state.done) runs, \(self.rate(state.done)) a second, no failure")
            return self.isComplete(state)
        }
        if !self.isVerbose {
            print(Simulation.run(seed: failed.seed, isTracing: true).trace.joined(separator: "\n"))
        }
        print("seed \(failed.seed), \(failure)")
        print("To repeat it: halley-simulation --runs 1 --seed \(failed.seed) --verbose")
        return false
    }

    /// A simulation that no longer comes by a situation says nothing of it.
    private func isComplete(_ state: State) -> Bool {
        guard state.done >= Self.enoughForAll, !state.coverage.missing.isEmpty else { return true }
        print("never occurred: \(state.coverage.missing.map { "\($0)" }.joined(separator: ", "))")
        return false
    }
}
