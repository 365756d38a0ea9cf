/// The two clocks of a log, handed in by the engine.
package struct LogTime: Sendable {
    /// Milliseconds since 1970: what clients see.
    package var wall: Int64
    /// Milliseconds of a clock that never goes back: what age is measured by.
    package var steady: Int64

    package init(wall: Int64, steady: Int64) {
        self.wall = wall
        self.steady = steady
    }

    /// Read off this machine.
    package static func now() -> LogTime {
        var steady = timespec()
        clock_gettime(CLOCK_MONOTONIC, &steady)
        return LogTime(wall: self.wall(), steady: steady.milliseconds)
    }

    /// Milliseconds since 1970.
    static func wall() -> Int64 {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return wall.milliseconds
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension timespec {
    fileprivate var milliseconds: Int64 { Int64(self.tv_sec) * 1000 + Int64(self.tv_nsec) / 1_000_000 }
}
