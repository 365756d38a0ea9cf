import DequeModule

/// The messages that wait for an endpoint, and the task that waits for them.
struct WebSocketInboxStateMachine<Waiter: Sendable>: Sendable {
    typealias End = WebSocketMessagesEnd

    enum Arrived {
        case none
        case wake(Waiter, WebSocketMessage)
    }

    enum Next {
        /// - resumes: the socket is to be read again.
        case message(WebSocketMessage, resumes: Bool)
        /// - isFirst: nobody has been told before.
        case end(End, isFirst: Bool)
        case wait
    }

    private let limit: Int
    private var queue: Deque<WebSocketMessage> = []
    /// Of the messages that wait.
    private(set) var weight = 0
    private var waiter: Waiter?
    private var end: End?
    private var isEndSeen = false
    private var isPaused = false

    /// - Parameter limit: bytes from which on no more is to be read.
    init(limit: Int) { self.limit = limit }

    /// To be asked before more is taken from the socket. Where it is full, ``next()`` says when to go on.
    mutating func pausesIfFull() -> Bool {
        self.isPaused = self.end == nil && self.weight >= self.limit
        return self.isPaused
    }

    mutating func arrived(_ message: WebSocketMessage) -> Arrived {
        if self.end != nil { return .none }
        if let waiter = self.waiter {
            self.waiter = nil
            return .wake(waiter, message)
        }
        self.queue.append(message)
        self.weight += message.weight
        return .none
    }

    /// What is there for a task that asks; after `wait` it is to come back with ``wait(_:)``.
    mutating func next() -> Next {
        if let message = self.queue.popFirst() {
            self.weight -= message.weight
            let resumes = self.isPaused && self.weight <= self.limit / 2
            if resumes { self.isPaused = false }
            return .message(message, resumes: resumes)
        }
        guard let end = self.end else { return .wait }
        defer { self.isEndSeen = true }
        return .end(end, isFirst: !self.isEndSeen)
    }

    /// - Returns: `nil` where it waits now; else what has come meanwhile.
    mutating func wait(_ waiter: Waiter) -> Next? {
        precondition(self.waiter == nil, "only one task may read the messages of a WebSocket")
        if !self.queue.isEmpty || self.end != nil { return self.next() }
        self.waiter = waiter
        return nil
    }

    /// - Returns: who waits no longer.
    mutating func cancel() -> Waiter? {
        defer { self.waiter = nil }
        return self.waiter
    }

    /// No more will come. What has come is still there.
    /// - Returns: who is to be told, and so has seen the end.
    mutating func finish(_ end: End) -> (waiter: Waiter, end: End)? {
        if self.end != nil { return nil }
        self.end = end
        self.isPaused = false
        guard let waiter = self.cancel() else { return nil }
        self.isEndSeen = true
        return (waiter, end)
    }
}

/// How the messages of a peer end.
enum WebSocketMessagesEnd: Equatable {
    case clean
    /// They throw.
    case failed(WebSocketClosed)

    var result: Result<WebSocketMessage?, any Error> {
        switch self {
        case .clean: .success(nil)
        case .failed(let closed): .failure(closed)
        }
    }
}
