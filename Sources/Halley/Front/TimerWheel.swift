import NIOCore

/// The deadlines of all connections of one loop: one timer for all of them, to about a twentieth of a second. A
/// connection whose deadline moves on need not say so: it is asked when the old one comes, and names the next.
final class TimerWheel {
    static let tick = TimeAmount.milliseconds(50)
    private static let slotCount = 1024

    private let eventLoop: any EventLoop
    private var slots = [ContiguousArray<TimerClient>](repeating: [], count: slotCount)
    private var now = 0
    private var count = 0
    private var isRunning = false

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func schedule(_ client: TimerClient, after delay: TimeAmount) {
        self.cancel(client)
        // Rounded up: a part of the present tick has gone already, and both together must not make it two too early.
        let (whole, part) = delay.nanoseconds.quotientAndRemainder(dividingBy: Self.tick.nanoseconds)
        let ticks = max(1, Int(whole) + (part > 0 ? 1 : 0))
        client.due = self.now + ticks
        // A time beyond one round comes by more than once.
        let slot = client.due % Self.slotCount
        client.slot = Int32(slot)
        client.place = Int32(self.slots[slot].count)
        self.slots[slot].append(client)
        self.count += 1
        self.run()
    }

    /// It is not asked any more.
    func cancel(_ client: TimerClient) {
        guard client.slot >= 0 else { return }
        let (slot, place) = (Int(client.slot), Int(client.place))
        let last = self.slots[slot].count - 1
        self.slots[slot].swapAt(place, last)
        self.slots[slot][place].place = Int32(place)
        self.slots[slot].removeLast()
        client.slot = -1
        self.count -= 1
    }

    private func run() {
        if self.isRunning || self.count == 0 { return }
        self.isRunning = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.tick) { self.turn() }
    }

    private func turn() {
        self.isRunning = false
        self.now += 1
        let due = self.slots[self.now % Self.slotCount].filter { $0.due <= self.now }
        for client in due where client.slot >= 0 && client.due <= self.now {
            self.cancel(client)
            if let next = client.timerFired() { self.schedule(client, after: next) }
        }
        self.run()
    }
}

/// What has a place on a wheel of its loop. A base class, so that a connection needs no further object for it; and the wheel holds
/// it until it is cancelled, as a weak reference would make every count of references slow, on the way of each delivery.
class TimerClient {
    fileprivate var due = 0
    fileprivate var slot: Int32 = -1
    fileprivate var place: Int32 = 0

    /// The time has come.
    /// - Returns: after what time to be asked again; `nil`: not at all.
    func timerFired() -> TimeAmount? { nil }
}
