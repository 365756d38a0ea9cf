import HalleyHub
import Synchronization

/// Milliseconds that pass only when the run says so.
final class SimulatedClock: Sendable {
    private let milliseconds = Atomic<Int64>(0)

    var now: Int64 { self.milliseconds.load(ordering: .relaxed) }

    var logTime: LogTime { LogTime(wall: self.now, steady: self.now) }

    func advance(by milliseconds: Int64) { self.milliseconds.add(milliseconds, ordering: .relaxed) }
}
