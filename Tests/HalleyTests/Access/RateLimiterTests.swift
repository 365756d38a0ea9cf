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

    @Test func takesAFullBucketForABatchThatIsLarger() {
        let limiter = RateLimiter(rate: 10, countsLoopback: false)
        #expect(limiter.take(1000, for: Self.client, at: 0) == nil)
        #expect(limiter.take(1, for: Self.client, at: 0) == 1)
        #expect(limiter.take(1000, for: Self.client, at: 900) == 1)
        #expect(limiter.take(1000, for: Self.client, at: 1000) == nil)
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

    /// As many addresses as it may: the next one makes room.
    @Test func forgetsAtItsLimit() {
        let limiter = RateLimiter(rate: 1, countsLoopback: false)
        for number in 0..<RateLimiter.maximumAddresses - 1 {
            _ = limiter.take(1, for: .make("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"), at: 0)
        }
        #expect(limiter.take(1, for: .make("10.0.0.0"), at: 0) == 1)
        #expect(limiter.take(1, for: Self.client, at: 0) == nil)
        #expect(limiter.take(1, for: Self.client, at: 0) == nil)
    }
}
