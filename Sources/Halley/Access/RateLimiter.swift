import NIOConcurrencyHelpers
import NIOCore

/// So many events per second and address, with one second's worth at once (token bucket).
final class RateLimiter: Sendable {
    static let maximumAddresses = 100_000

    private struct Bucket {
        var tokens: Double
        var time: Int64
    }

    private let rate: Double
    private let countsLoopback: Bool
    private let buckets = NIOLockedValueBox<[ClientAddress: Bucket]>([:])

    /// - Parameter rate: events per second; 0: no limit.
    init(rate: Int, countsLoopback: Bool) {
        self.rate = Double(rate)
        self.countsLoopback = countsLoopback
    }

    /// Takes what `count` events need, by this machine's steady clock.
    func take(_ count: Int, for address: ClientAddress) -> Int? {
        self.take(count, for: address, at: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
    }

    /// Takes what `count` events need.
    /// - Parameter now: milliseconds of a steady clock.
    /// - Returns: `nil`, or after how many seconds it may be tried again.
    func take(_ count: Int, for address: ClientAddress, at now: Int64) -> Int? {
        if self.rate == 0 || (address.isLoopback && !self.countsLoopback) { return nil }
        return self.buckets.withLockedValue { buckets in
            if buckets.count >= Self.maximumAddresses { self.forgetFull(&buckets, now) }
            var bucket = self.filled(buckets[address], now)
            // A batch larger than the bucket takes a full one.
            let needed = min(Double(count), self.rate)
            let isEnough = bucket.tokens >= needed
            if isEnough { bucket.tokens -= needed }
            buckets[address] = bucket
            return isEnough ? nil : max(1, Int(((needed - bucket.tokens) / self.rate).rounded(.up)))
        }
    }

    private func filled(_ bucket: Bucket?, _ now: Int64) -> Bucket {
        guard let bucket else { return Bucket(tokens: self.rate, time: now) }
        let gained = Double(now - bucket.time) / 1000 * self.rate
        return Bucket(tokens: min(self.rate, bucket.tokens + gained), time: now)
    }

    /// A full bucket says nothing.
    private func forgetFull(_ buckets: inout [ClientAddress: Bucket], _ now: Int64) {
        buckets = buckets.filter { self.filled($0.value, now).tokens < self.rate }
        if buckets.count >= Self.maximumAddresses { buckets.removeAll(keepingCapacity: true) }
    }
}
