import DequeModule

/// What an endpoint says and has not been written yet, and the tasks that wait for room.
struct WebSocketOutboxStateMachine<Waiter: Sendable>: Sendable {
    typealias Item = WebSocketOutgoing

    enum Offer: Equatable {
        /// - wakes: the loop is to be told that there is something.
        case taken(wakes: Bool)
        case full
        case ended(WebSocketClosed)
    }

    private struct Parked {
        let id: UInt64
        let message: WebSocketMessage
        let waiter: Waiter
    }

    private let limit: Int
    private var queue: [Item] = []
    /// Bytes in the queue, and of those that are being written.
    private(set) var pending = 0
    private var parked: Deque<Parked> = []
    private var lastID: UInt64 = 0
    private(set) var end: WebSocketClosed?
    /// What is being written does not count any more.
    private var isAbandoned = false

    /// - Parameter limit: bytes from which on a sender has to wait.
    init(limit: Int) { self.limit = limit }

    mutating func offer(_ message: WebSocketMessage) -> Offer {
        if let end { return .ended(end) }
        // Nobody overtakes who waits.
        if self.pending >= self.limit || !self.parked.isEmpty { return .full }
        return .taken(wakes: self.append(.message(message), message.weight))
    }

    private mutating func append(_ item: Item, _ weight: Int) -> Bool {
        self.queue.append(item)
        self.pending += weight
        return self.queue.count == 1
    }

    mutating func newID() -> UInt64 {
        self.lastID += 1
        return self.lastID
    }

    /// Waits for room, after ``offer(_:)`` has said `full`; there may be some meanwhile.
    mutating func park(_ id: UInt64, _ message: WebSocketMessage, _ waiter: Waiter) -> Offer {
        let offer = self.offer(message)
        if offer == .full { self.parked.append(Parked(id: id, message: message, waiter: waiter)) }
        return offer
    }

    /// - Returns: who waits no longer; their message is not sent.
    mutating func cancel(_ id: UInt64) -> Waiter? {
        guard let index = self.parked.firstIndex(where: { $0.id == id }) else { return nil }
        return self.parked.remove(at: index).waiter
    }

    /// The last word, after all that was taken; who waits for room has come too late. The first close wins.
    /// - Returns: `nil` where it was closed before.
    mutating func close(_ frame: WebSocketCloseFrame, _ end: WebSocketClosed) -> (wakes: Bool, refused: [Waiter])? {
        if self.end != nil { return nil }
        self.end = end
        return (self.append(.close(frame), 0), self.takeParked())
    }

    /// Nothing can be written any more.
    mutating func abandon(_ end: WebSocketClosed) -> [Waiter] {
        self.end = self.end ?? end
        self.isAbandoned = true
        self.queue = []
        self.pending = 0
        return self.takeParked()
    }

    private mutating func takeParked() -> [Waiter] {
        defer { self.parked = [] }
        return self.parked.map(\.waiter)
    }

    /// What is to be written now; its weight goes into ``written(_:)`` when that is done.
    mutating func takeAll() -> [Item] {
        defer { self.queue = [] }
        return self.queue
    }

    /// - Returns: whose messages were taken now.
    mutating func written(_ weight: Int) -> (released: [Waiter], wakes: Bool) {
        if self.isAbandoned { return ([], false) }
        self.pending -= weight
        var released: [Waiter] = []
        var wakes = false
        while self.pending < self.limit, let next = self.parked.popFirst() {
            wakes = self.append(.message(next.message), next.message.weight) || wakes
            released.append(next.waiter)
        }
        return (released, wakes)
    }
}

/// Something that an endpoint says.
enum WebSocketOutgoing: Equatable {
    case message(WebSocketMessage)
    case close(WebSocketCloseFrame)

    var weight: Int {
        switch self {
        case .message(let message): message.weight
        case .close: 0
        }
    }
}
