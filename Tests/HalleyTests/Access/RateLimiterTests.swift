import Testing

@testable import Halley

@Suite struct RateLimiterTests {
    private static let client = ClientAddress.make("192.0.2.1")

    @Test func givesOneSecondsWorthAtOnce() {
        let limiter = RateLimiter(rate: 10, countsLoopback: false)
        for _ in 1...10 { #expect(limiter.take(1, for: Self.client, at: 5000) == nil) }
        #expect(limiter.take(1, for: Self.client, at: 5000) == 1)
        // Being refused costs nothing.
        #expect(limiter.take(1, for: Self.client, at: 5099) == 1)
        #expect(limiter.take(1, for: Self.client, at: 5100) == nil)
        #expect(limiter.take(1, for: Self.client, at: 5100) == 1)
    }

    @Test func fillsUpToOneSecondsWorthAndNoMore() {
        let limiter = RateLimiter(rate: 10, countsLoopback: false)
        #expect(limiter.take(10, for: Self.client, at: 0) == nil)
        #expect(limiter.take(10, for: Self.client, at: 999) == 1)
        #expect(limiter.take(10, for: Self.client, at: 1000) == nil)
        #expect(limiter.take(10, for: Self.client, at: 1_000_000) == nil)
        #expect(limiter.take(1, for: Self.client, at: 1_000_000) == 1)
    }

    /// A batch counts what is in it: more than a second's worth needs a full bucket, and leaves a debt.
    @Test func countsAllOfABatchThatIsLarger() {
        let limiter = RateLimiter(rate: 10, countsLoopback: false)
        #expect(limiter.take(100, for: Self.client, at: 0) == nil)
        #expect(limiter.take(0, for: Self.client, at: 0) == 9)
        #expect(limiter.take(1, for: Self.client, at: 9099) == 1)
        #expect(limiter.take(0, for: Self.client, at: 9100) == nil)
        #expect(limiter.take(1, for: Self.client, at: 9100) == nil)
        #expect(limiter.take(100, for: Self.client, at: 10_000) == 1)
        #expect(limiter.take(100, for: Self.client, at: 10_100) == nil)
    }

    @Test func keepsAddressesApart() {
        let limiter = RateLimiter(rate: 1, countsLoopback: false)
        #expect(limiter.take(1, for: Self.client, at: 0) == nil)
        #expect(limiter.take(1, for: Self.client, at: 0) == 1)
        #expect(limiter.take(1, for: .make("192.0.2.2"), at: 0) == nil)
        #expect(limiter.take(1, for: .make("2001:db8::1"), at: 0) == nil)
        #expect(limiter.take(1, for: .make("2001:db8::2"), at: 0) == 1)
    }

    @Test func exemptsLoopbackUnlessToldOtherwise() {
        let exempt = RateLimiter(rate: 1, countsLoopback: false)
        let counted = RateLimiter(rate: 1, countsLoopback: true)
        for _ in 1...3 { #expect(exempt.take(1, for: .make("127.0.0.1"), at: 0) == nil) }
        #expect(counted.take(1, for: .make("127.0.0.1"), at: 0) == nil)
        #expect(counted.take(1, for: .make("127.0.0.1"), at: 0) == 1)
    }

    @Test func isNoneAtZero() {
        let limiter = RateLimiter(rate: 0, countsLoopback: true)
        for _ in 1...1000 { #expect(limiter.take(1000, for: Self.client, at: 0) == nil) }
    }

    /// At its limit it forgets buckets that are full again, and no other; who finds no place shares one.
    @Test func keepsEmptyBucketsAtItsLimit() {
        let limiter = RateLimiter(rate: 1, countsLoopback: false, maximum: 4)
        let addresses = (1...8).map { ClientAddress.make("192.0.2.\($0)") }
        for address in addresses[..<4] { #expect(limiter.take(1, for: address, at: 0) == nil) }
        #expect(limiter.take(1, for: addresses[4], at: 10) == nil)
        #expect(limiter.take(1, for: addresses[5], at: 10) == 1)
        for address in addresses[..<4] { #expect(limiter.take(1, for: address, at: 10) == 1) }
        #expect(limiter.count == 4)
        #expect(limiter.take(1, for: addresses[0], at: 1000) == nil)
        // Three are full again by now.
        #expect(limiter.take(1, for: addresses[6], at: 1500) == nil)
        #expect(limiter.take(1, for: addresses[7], at: 1500) == nil)
        #expect(limiter.take(1, for: addresses[6], at: 1500) == 1)
        #expect(limiter.take(1, for: addresses[0], at: 1500) == 1)
        #expect(limiter.count == 3)
    }
}
