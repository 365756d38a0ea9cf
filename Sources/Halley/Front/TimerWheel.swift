import NIOCore

/// The deadlines of all connections of one loop: one timer for all of them, to about a twentieth of a second. It goes by the
/// clock: a loop that was held up finds all that is due at its next turn. A connection whose deadline moves on need not say
/// so: it is asked when the old one comes, and names the next.
final class TimerWheel {
    static let tick = TimeAmount.milliseconds(50)
    private static let slotCount = 1024

    private let eventLoop: any EventLoop
    /// The time of tick 0.
    private let begun: NIODeadline
    private var slots = [ContiguousArray<TimerClient>](repeating: [], count: slotCount)
    /// The last tick whose deadlines were looked at.
    private var now = 0
    private var count = 0
    private var isRunning = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.begun = eventLoop.now
    }

    func schedule(_ client: TimerClient, after delay: TimeAmount) {
        self.cancel(client)
        let passed = (self.eventLoop.now - self.begun).nanoseconds
        if !self.isRunning { self.now = Int(passed / Self.tick.nanoseconds) }
        // Rounded up: it must not come too early.
        let (time, isEndless) = passed.addingReportingOverflow(max(0, delay.nanoseconds))
        let due = isEndless ? Int.max : Int((time - 1) / Self.tick.nanoseconds) + 1
        client.due = max(due, self.now + 1)
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
        let next = self.begun + .nanoseconds(Int64(self.now + 1) * Self.tick.nanoseconds)
        self.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.turn() }
    }

    /// Goes through all ticks that have passed since the last time; no slot need be gone through twice.
    private func turn() {
        let previous = self.now
        self.now = max(previous, Int((self.eventLoop.now - self.begun).nanoseconds / Self.tick.nanoseconds))
        for tick in (previous..<self.now).suffix(Self.slotCount) { self.fire(slot: (tick + 1) % Self.slotCount) }
        self.isRunning = false
        self.run()
    }

    private func fire(slot: Int) {
        let due = self.slots[slot].filter { $0.due <= self.now }
        for client in due where client.slot >= 0 && client.due <= self.now {
            self.cancel(client)
            if let next = client.timerFired() { self.schedule(client, after: next) }
        }
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
