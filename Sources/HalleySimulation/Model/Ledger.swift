import HalleyHub

/// What all parts of a run share: the model's log, what was noted, and the first objection.
final class Ledger {
    private(set) var log: ModelLog
    var epoch: UInt64
    let isWide: Bool
    var coverage = Coverage()
    var step = 0
    /// Turns of any loop so far.
    var turn = 0
    /// The engine must be told the time before it is compared with the model.
    var hasExpired = false
    private(set) var failure: Simulation.Failure?
    private(set) var trace: [String] = []
    private let clock: SimulatedClock
    private let isTracing: Bool

    init(log: ModelLog, epoch: UInt64, clock: SimulatedClock, isWide: Bool, isTracing: Bool) {
        self.log = log
        self.clock = clock
        self.epoch = epoch
        self.isWide = isWide
        self.isTracing = isTracing
    }

    func note(_ line: @autoclosure () -> String) {
        if self.isTracing { self.trace.append("\(self.step): \(line())") }
    }

    /// The first objection counts; what follows may be its consequence.
    func object(_ message: String) {
        if self.failure != nil { return }
        self.failure = Simulation.Failure(step: self.step, message: message)
        self.note("FAILURE: \(message)")
    }

    func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { self.object(message()) }
    }

    /// The log that a restart leaves behind counts no more.
    func restart(epoch: UInt64) {
        self.coverage.add(self.log.evicted)
        self.log = ModelLog(topics: self.log.topics, rules: self.log.rules)
        self.epoch = epoch
    }

    /// The engine has looked at the clock, or will before it is compared.
    func expire() {
        self.hasExpired = true
        self.log.expire(at: self.clock.now)
    }

    func number(of topic: Topic) -> Int { self.log.topics.firstIndex(of: topic)! }

    func set(of topics: [Topic]) -> TopicSet { TopicSet(topics.map(self.number(of:))) }
}
