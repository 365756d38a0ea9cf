import HalleyHub
import Synchronization

/// Milliseconds that pass only when a test says so.
final class TestClock: Sendable {
    private let milliseconds = Atomic<Int64>(0)

    var logTime: LogTime {
        let now = self.milliseconds.load(ordering: .relaxed)
        return LogTime(wall: 1_000_000 + now, steady: now)
    }

    func advance(by milliseconds: Int64) { self.milliseconds.add(milliseconds, ordering: .relaxed) }
}
