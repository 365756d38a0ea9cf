import Testing

@testable import Halley

@Suite struct ConnectionLimiterTests {
    private static let addresses = (1...100).map { ClientAddress.make("192.0.2.\($0)") }

    @Test func admitsUpToTheTotalAndTellsATenthMore() {
        let limiter = ConnectionLimiter(total: 20, perAddress: 1000, countsLoopback: false)
        let verdicts = Self.addresses.prefix(40).map { limiter.admit($0) }
        // 20, then 20 / 10 + 16 that are told.
        #expect(
            verdicts == Array(repeating: .admitted, count: 20) + Array(repeating: .overloaded, count: 18)
                + Array(repeating: .refused, count: 2))
        // Refused ones don't count, and are not given back.
        #expect(limiter.count == 38)
        limiter.release(.overloaded, of: Self.addresses[20])
        #expect(limiter.admit(Self.addresses[50]) == .overloaded)
        #expect(limiter.admit(Self.addresses[51]) == .refused)
        // Those that are told take no place of the others.
        limiter.release(.admitted, of: Self.addresses[0])
        #expect(limiter.count == 37)
        #expect(limiter.admit(Self.addresses[52]) == .admitted)
        #expect(limiter.admit(Self.addresses[53]) == .refused)
    }

    @Test func admitsUpToTheLimitOfAnAddress() {
        let limiter = ConnectionLimiter(total: 1000, perAddress: 2, countsLoopback: false)
        let address = Self.addresses[0]
        #expect(
            [limiter.admit(address), limiter.admit(address), limiter.admit(address)] == [
                .admitted, .admitted, .overloaded,
            ])
        #expect(limiter.admit(Self.addresses[1]) == .admitted)
        limiter.release(.overloaded, of: address)
        #expect(limiter.admit(address) == .overloaded)
        limiter.release(.admitted, of: address)
        #expect(limiter.admit(address) == .admitted)
        #expect(limiter.count == 4)
    }

    /// However many one address opens, it takes no more of the total than it may.
    @Test func keepsOthersFromBeingLockedOut() {
        let limiter = ConnectionLimiter(total: 100, perAddress: 20, countsLoopback: false)
        let places = (1...200).map { _ in limiter.admit(Self.addresses[0]) }
        // 20, then 20 / 10 + 16 that are told.
        #expect(places.count { $0 == .admitted } == 20)
        #expect(places.count { $0 == .overloaded } == 18)
        for address in Self.addresses[1..<81] { #expect(limiter.admit(address) == .admitted) }
        #expect(limiter.admit(Self.addresses[81]) == .overloaded)
    }

    @Test func holdsNothingOfAnAddressThatHasGone() {
        let limiter = ConnectionLimiter(total: 2, perAddress: 1, countsLoopback: false)
        let address = Self.addresses[0]
        let places = (1...30).map { _ in limiter.admit(address) }
        #expect(limiter.addressCount == 1)
        for place in places.dropLast() { limiter.release(place, of: address) }
        limiter.release(places[29], of: address)
        #expect(limiter.addressCount == 0)
        #expect(limiter.count == 0)
    }

    @Test func countsANetworkAsOneAddress() {
        let limiter = ConnectionLimiter(total: 1000, perAddress: 1, countsLoopback: false)
        #expect(limiter.admit(.make("2001:db8::1")) == .admitted)
        #expect(limiter.admit(.make("2001:db8::2")) == .overloaded)
        #expect(limiter.admit(.make("2001:db8:0:1::1")) == .admitted)
        #expect(limiter.admit(.make("192.0.2.1")) == .admitted)
        #expect(limiter.admit(.make("::ffff:192.0.2.1")) == .overloaded)
    }

    @Test(arguments: ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) func exemptsLoopback(_ ip: String) {
        let exempt = ConnectionLimiter(total: 4, perAddress: 1, countsLoopback: false)
        let counted = ConnectionLimiter(total: 4, perAddress: 1, countsLoopback: true)
        #expect((1...3).map { _ in exempt.admit(.make(ip)) } == [.admitted, .admitted, .admitted])
        #expect((1...3).map { _ in counted.admit(.make(ip)) } == [.admitted, .overloaded, .overloaded])
        // Never from the total.
        #expect((1...2).map { _ in exempt.admit(.make(ip)) } == [.admitted, .overloaded])
    }
}
