import NIOCore

/// The deadlines of all connections of one loop: one timer for all of them, to about a twentieth of a second. A
/// connection whose deadline moves on need not say so: it is asked when the old one comes, and names the next.
final class TimerWheel {
    static let tick = TimeAmount.milliseconds(50)
    private static let slotCount = 1024

    private let eventLoop: any EventLoop
    private var slots = [ContiguousArray<TimerEntry>](repeating: [], count: slotCount)
    private var now = 0
    private var count = 0
    private var isRunning = false

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func schedule(_ entry: TimerEntry, after delay: TimeAmount) {
        self.remove(entry)
        // Rounded up: a part of the present tick has gone already, and both together must not make it two too early.
        let (whole, part) = delay.nanoseconds.quotientAndRemainder(dividingBy: Self.tick.nanoseconds)
        let ticks = max(1, Int(whole) + (part > 0 ? 1 : 0))
        entry.due = self.now + ticks
        // A time beyond one round comes by more than once.
        entry.slot = entry.due % Self.slotCount
        entry.place = self.slots[entry.slot].count
        self.slots[entry.slot].append(entry)
        self.count += 1
        self.run()
    }

    /// Gives the entry up: its client is not asked any more.
    func cancel(_ entry: TimerEntry) {
        self.remove(entry)
        entry.client = nil
    }

    private func remove(_ entry: TimerEntry) {
        guard entry.slot >= 0 else { return }
        let last = self.slots[entry.slot].count - 1
        self.slots[entry.slot].swapAt(entry.place, last)
        self.slots[entry.slot][entry.place].place = entry.place
        self.slots[entry.slot].removeLast()
        entry.slot = -1
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
        for entry in due where entry.slot >= 0 && entry.due <= self.now {
            self.remove(entry)
            if let next = entry.client?.timerFired() { self.schedule(entry, after: next) }
        }
        self.run()
    }
}

protocol TimerClient: AnyObject {
    /// - Returns: after what time to be asked again; `nil`: not at all.
    func timerFired() -> TimeAmount?
}

/// A connection's place on the wheel. Entry and client hold each other until it is cancelled: a weak
/// reference would make every count of references to the client slow, on the way of each delivery.
final class TimerEntry {
    fileprivate(set) var client: (any TimerClient)?
    fileprivate var due = 0
    fileprivate var slot = -1
    fileprivate var place = 0

    init(_ client: any TimerClient) { self.client = client }
}
