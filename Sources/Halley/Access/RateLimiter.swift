import NIOConcurrencyHelpers
import NIOCore

/// So many events per second and address, with one second's worth at once (token bucket).
final class RateLimiter: Sendable {
    static let maximumAddresses = 100_000

    private struct Bucket {
        var tokens: Double
        var time: Int64
    }

    private struct State {
        var buckets: [ClientAddress: Bucket] = [:]
        /// Of all addresses that find no place.
        var common: Bucket?
        var nextSweep = Int64.min
    }

    private let rate: Double
    private let countsLoopback: Bool
    private let maximum: Int
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - rate: events per second; 0: no limit.
    ///   - maximum: addresses that are kept apart.
    init(rate: Int, countsLoopback: Bool, maximum: Int = maximumAddresses) {
        self.rate = Double(rate)
        self.countsLoopback = countsLoopback
        self.maximum = maximum
    }

    /// How many addresses are kept apart now.
    var count: Int { self.state.withLockedValue { $0.buckets.count } }

    /// Takes what `count` events need, by this machine's steady clock.
    func take(_ count: Int, for address: ClientAddress) -> Int? {
        self.take(count, for: address, at: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
    }

    /// Takes what `count` events need. More than a second's worth needs a full bucket, and leaves a debt.
    /// - Parameters:
    ///   - count: 0: only whether there is no debt.
    ///   - now: milliseconds of a steady clock.
    /// - Returns: `nil`, or after how many seconds it may be tried again.
    func take(_ count: Int, for address: ClientAddress, at now: Int64) -> Int? {
        if self.rate == 0 || (address.isLoopback && !self.countsLoopback) { return nil }
        return self.state.withLockedValue { state in
            if state.buckets[address] == nil, state.buckets.count >= self.maximum { self.sweep(&state, now) }
            let isKept = state.buckets[address] != nil || state.buckets.count < self.maximum
            var bucket = self.filled(isKept ? state.buckets[address] : state.common, now)
            let needed = min(Double(count), self.rate)
            let isEnough = bucket.tokens >= needed
            if isEnough { bucket.tokens -= Double(count) }
            if isKept { state.buckets[address] = bucket } else { state.common = bucket }
            return isEnough ? nil : max(1, Int(((needed - bucket.tokens) / self.rate).rounded(.up)))
        }
    }

    private func filled(_ bucket: Bucket?, _ now: Int64) -> Bucket {
        guard let bucket else { return Bucket(tokens: self.rate, time: now) }
        let gained = Double(now - bucket.time) / 1000 * self.rate
        return Bucket(tokens: min(self.rate, bucket.tokens + gained), time: now)
    }

    /// A full bucket says nothing; the others stay. Once a second at most: it goes through all.
    private func sweep(_ state: inout State, _ now: Int64) {
        if now < state.nextSweep { return }
        state.nextSweep = now + 1000
        state.buckets = state.buckets.filter { self.filled($0.value, now).tokens < self.rate }
    }
}
