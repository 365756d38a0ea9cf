import Testing

@testable import HalleyClient

struct BackoffTests {
    /// A generator whose numbers are all the same.
    private struct Fixed: RandomNumberGenerator {
        let number: UInt64
        func next() -> UInt64 { self.number }
    }

    private static let start = ContinuousClock.now

    private static func backoff(failures: Int, asking milliseconds: Int? = nil) -> Backoff {
        var backoff = Backoff()
        for _ in 0..<failures { backoff.lost(at: self.start) }
        if let milliseconds { backoff.ask(RetryTime(milliseconds: milliseconds)) }
        return backoff
    }

    private static func delays(_ backoff: Backoff) -> ClosedRange<Duration> {
        var (lowest, highest) = (Fixed(number: .min), Fixed(number: .max))
        return backoff.delay(using: &lowest)...backoff.delay(using: &highest)
    }

    @Test func triesAtOnceAtFirst() { #expect(Self.delays(Backoff()) == .zero ... .zero) }

    @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (1000, 30)])
    func choosesAnyMomentOfAWindowThatDoubles(_ failures: Int, _ seconds: Int) {
        let delays = Self.delays(Self.backoff(failures: failures))
        #expect(delays.lowerBound == Backoff.floor)
        #expect(delays.upperBound > Backoff.floor + .seconds(seconds) - .milliseconds(1))
        #expect(delays.upperBound < Backoff.floor + .seconds(seconds))
    }

    /// 430 connections a second, where it asked for nothing more.
    @Test func isNeverBackBeforeTheFloor() {
        #expect(Self.delays(Self.backoff(failures: 1, asking: 0)).lowerBound == Backoff.floor)
    }

    @Test func isNeverBackBeforeTheServersTime() {
        let delays = Self.delays(Self.backoff(failures: 1, asking: 60_000))
        #expect(delays.lowerBound == .seconds(60))
        #expect(delays.upperBound > .seconds(60.9), "all that were asked the same come at different times")
    }

    @Test func whatTheServerAskedCountsUntilItIsHeardAgain() {
        var backoff = Self.backoff(failures: 1, asking: 60_000)
        backoff.lost(at: Self.start)
        #expect(Self.delays(backoff).lowerBound == .seconds(60))
        backoff.heard(at: Self.start)
        backoff.lost(at: Self.start)
        #expect(Self.delays(backoff).lowerBound == Backoff.floor)
    }

    @Test(arguments: [(Backoff.settling - .nanoseconds(1), 8), (Backoff.settling, 1)])
    func onlyAConnectionThatHoldsMakesUpForFailures(_ time: Duration, _ window: Int) {
        var backoff = Self.backoff(failures: 3)
        backoff.heard(at: Self.start)
        backoff.heard(at: Self.start + time)
        backoff.lost(at: Self.start + time)
        #expect(Self.delays(backoff).upperBound > Backoff.floor + .seconds(window) - .milliseconds(1))
        #expect(Self.delays(backoff).upperBound < Backoff.floor + .seconds(window))
    }
}
