import NIOCore
import NIOEmbedded
import Testing

@testable import Halley

@Suite struct TimerWheelTests {
    /// Fires, and notes when.
    private final class Client: TimerClient {
        var fired: [TimeAmount] = []
        var onFire: () -> TimeAmount? = { nil }
        private let eventLoop: EmbeddedEventLoop

        init(_ eventLoop: EmbeddedEventLoop) { self.eventLoop = eventLoop }

        override func timerFired() -> TimeAmount? {
            self.fired.append(self.eventLoop.now - .uptimeNanoseconds(0))
            return self.onFire()
        }
    }

    private let eventLoop = EmbeddedEventLoop()
    private let wheel: TimerWheel

    init() { self.wheel = TimerWheel(eventLoop: self.eventLoop) }

    /// In steps, so that the loop's clock stands at each tick.
    private func advance(by time: TimeAmount) {
        for _ in 0..<time.nanoseconds / TimerWheel.tick.nanoseconds { self.eventLoop.advanceTime(by: TimerWheel.tick) }
    }

    /// One round of the wheel is 51.2 s.
    @Test(arguments: [50, 100, 1000, 51_150, 51_200, 51_250, 60_000, 102_400, 120_000, 300_000] as [Int64])
    func firesOnceWhenDue(_ milliseconds: Int64) {
        let client = Client(self.eventLoop)
        self.wheel.schedule(client, after: .milliseconds(milliseconds))
        self.advance(by: .milliseconds(milliseconds - 50))
        #expect(client.fired == [])
        self.advance(by: .milliseconds(50))
        #expect(client.fired == [.milliseconds(milliseconds)])
        self.advance(by: .seconds(120))
        #expect(client.fired.count == 1)
    }

    @Test(arguments: [.zero, .nanoseconds(1), .milliseconds(49), .seconds(-1)] as [TimeAmount])
    func firesAtTheNextTickWhereTimeIsShort(_ delay: TimeAmount) {
        let client = Client(self.eventLoop)
        self.wheel.schedule(client, after: delay)
        #expect(client.fired == [])
        self.advance(by: .milliseconds(50))
        #expect(client.fired == [.milliseconds(50)])
    }

    /// To about a twentieth of a second, wherever in a tick it begins.
    @Test(arguments: [1, 49, 50, 51, 75, 99, 100, 101, 1234] as [Int64], [0, 1, 25, 49] as [Int64])
    func isATickOffAtMost(_ delay: Int64, _ offset: Int64) throws {
        let (running, client) = (Client(self.eventLoop), Client(self.eventLoop))
        self.wheel.schedule(running, after: .hours(1))
        self.eventLoop.advanceTime(by: .milliseconds(offset))
        self.wheel.schedule(client, after: .milliseconds(delay))
        for _ in 0..<1500 { self.eventLoop.advanceTime(by: .milliseconds(1)) }
        let fired = try #require(client.fired.first)
        #expect((.milliseconds(-50) ... .milliseconds(50)).contains(fired - .milliseconds(offset + delay)))
    }

    @Test func firesManyOfOneTick() {
        let clients = (0..<100).map { _ in Client(self.eventLoop) }
        for client in clients { self.wheel.schedule(client, after: .seconds(1)) }
        // From the middle and from both ends.
        for index in [0, 50, 99, 98, 1] { self.wheel.cancel(clients[index]) }
        self.advance(by: .seconds(2))
        #expect(
            clients.enumerated().filter { !$0.element.fired.isEmpty }.map(\.offset)
                == (0..<100).filter { ![0, 50, 99, 98, 1].contains($0) })
    }

    @Test func doesNotFireWhatIsCancelled() {
        let client = Client(self.eventLoop)
        self.wheel.schedule(client, after: .seconds(1))
        self.advance(by: .milliseconds(950))
        self.wheel.cancel(client)
        self.wheel.cancel(client)
        self.advance(by: .seconds(120))
        #expect(client.fired == [])
    }

    @Test func firesAtTheLastTimeThatWasGiven() {
        let client = Client(self.eventLoop)
        self.wheel.schedule(client, after: .seconds(1))
        self.wheel.schedule(client, after: .seconds(3))
        self.wheel.schedule(client, after: .seconds(2))
        self.advance(by: .seconds(10))
        #expect(client.fired == [.seconds(2)])
    }

    @Test func asksAgainAfterTheAnswer() {
        let client = Client(self.eventLoop)
        // A whole round, so that it comes to lie in the very slot that is being worked on.
        var answers: [TimeAmount?] = [.milliseconds(100), .zero, .milliseconds(51_200), nil]
        client.onFire = { answers.removeFirst() }
        self.wheel.schedule(client, after: .seconds(1))
        self.advance(by: .seconds(120))
        #expect(client.fired == [.milliseconds(1000), .milliseconds(1100), .milliseconds(1150), .milliseconds(52_350)])
    }

    @Test func schedulesFromInside() {
        let (first, second, third) = (Client(self.eventLoop), Client(self.eventLoop), Client(self.eventLoop))
        let clients = [first, second, third]
        for client in clients { self.wheel.schedule(client, after: .seconds(1)) }
        first.onFire = {
            // All due at this tick: itself, one that is put off, one that goes.
            first.onFire = { nil }
            self.wheel.schedule(clients[0], after: .seconds(1))
            self.wheel.schedule(clients[1], after: .seconds(2))
            self.wheel.cancel(clients[2])
            return nil
        }
        self.advance(by: .seconds(120))
        #expect(first.fired == [.seconds(1), .seconds(2)])
        #expect(second.fired == [.seconds(3)])
        #expect(third.fired == [])
    }

    @Test func letsACancelledClientGo() {
        let other = Client(self.eventLoop)
        weak var gone: Client?
        do {
            let client = Client(self.eventLoop)
            gone = client
            self.wheel.schedule(client, after: .seconds(1))
            self.wheel.cancel(client)
        }
        #expect(gone == nil)
        self.wheel.schedule(other, after: .seconds(1))
        self.advance(by: .seconds(2))
        #expect(other.fired == [.seconds(1)])
    }

    @Test func startsAgainAfterARest() {
        let client = Client(self.eventLoop)
        self.wheel.schedule(client, after: .milliseconds(100))
        self.advance(by: .seconds(300))
        self.wheel.schedule(client, after: .seconds(1))
        self.advance(by: .seconds(10))
        #expect(client.fired == [.milliseconds(100), .seconds(301)])
    }
}
