/// What an HTTP/1 connection is at: one request at a time, whose body comes and whose answer goes independently of each other.
/// The next request is begun when both are done.
struct HTTP1ConnectionStateMachine {
    enum Body: Equatable, CaseIterable {
        /// Nobody has asked for it yet; it is not read.
        case unread
        /// It is read as it is wanted.
        case wanted
        /// It is read and thrown away.
        case unwanted
        case complete
    }

    enum Answer: Equatable, CaseIterable {
        case pending
        /// It is pending, and something else may go on in place of HTTP.
        case deciding
        /// That is decided: it goes on when the body has come.
        case takingOver
        /// Its beginning has been said.
        case streaming
        case complete
    }

    enum State: Equatable {
        /// Between requests; nothing of the next head has come.
        case idle
        /// A part of a head has come.
        case head
        case exchange(Body, Answer, persists: Bool)
        /// The last word has been said: what still comes is thrown away, until the peer has got it.
        case closing
        case takenOver
        case closed
    }

    /// What is to be done with the bytes that have come.
    enum Demand: Equatable {
        /// Read a head.
        case head
        /// Read the body.
        case body
        /// Throw them away.
        case nothing
        /// Leave them where they are.
        case wait
    }

    /// What follows from bytes that are no HTTP, or from a body that is too long, or comes too slowly.
    enum Failure: Equatable {
        /// Say what was wrong; it is the last word.
        case refuse
        /// Whoever reads the body is told, and will answer.
        case tellReader
        /// Nothing need be said: the answer that is under way is the last.
        case none
        /// An answer that was begun can't be brought to its end.
        case abort
    }

    private(set) var state = State.idle

    var demand: Demand {
        switch self.state {
        case .idle, .head: .head
        case .exchange(.wanted, _, _), .exchange(.unwanted, _, _): .body
        case .exchange(.unread, _, _), .exchange(.complete, _, _), .takenOver: .wait
        case .closing, .closed: .nothing
        }
    }

    /// The answer of the present request has not been begun.
    var isUnanswered: Bool {
        switch self.state {
        case .exchange(_, .pending, _), .exchange(_, .deciding, _): true
        case .idle, .head, .exchange, .closing, .takenOver, .closed: false
        }
    }

    /// There is a body, and it will not be read.
    var leavesBody: Bool { if case .exchange(.unread, _, _) = self.state { true } else { false } }

    var isStreaming: Bool { if case .exchange(_, .streaming, _) = self.state { true } else { false } }

    /// Something else may go on now.
    var mayTakeOver: Bool { if case .exchange(.complete, .takingOver, _) = self.state { true } else { false } }

    // MARK: - The request

    mutating func headBegan() { if self.state == .idle { self.state = .head } }

    /// - Parameter persists: the client wants to go on with the connection.
    mutating func head(hasBody: Bool, persists: Bool) {
        switch self.state {
        case .idle, .head: self.state = .exchange(hasBody ? .unread : .complete, .pending, persists: persists)
        case .exchange, .closing, .takenOver, .closed: preconditionFailure("a head inside a request")
        }
    }

    /// Somebody wants the body.
    mutating func wantBody() {
        if case .exchange(.unread, let answer, let persists) = self.state {
            self.state = .exchange(.wanted, answer, persists: persists)
        }
    }

    /// Nobody wants the body, or what is left of it.
    /// - Parameter isShort: it is worth to be read all the same; else the connection ends with the answer.
    mutating func dropBody(isShort: Bool) {
        switch self.state {
        case .exchange(.unread, let answer, let persists), .exchange(.wanted, let answer, let persists):
            self.state = isShort ? .exchange(.unwanted, answer, persists: persists) : self.last(.unread, answer)
            self.settle()
        case .idle, .head, .exchange, .closing, .takenOver, .closed: break
        }
    }

    mutating func bodyEnded() {
        switch self.state {
        case .exchange(.wanted, let answer, let persists), .exchange(.unwanted, let answer, let persists):
            self.state = .exchange(.complete, answer, persists: persists)
            self.settle()
        case .idle, .head, .exchange, .closing, .takenOver, .closed: preconditionFailure("the end of no body")
        }
    }

    // MARK: - The answer

    /// - Parameter mayPersist: the server wants to go on with the connection.
    /// - Returns: whether it goes on: the client is told.
    mutating func answer(mayPersist: Bool) -> Bool { self.answer(.complete, mayPersist) }

    /// Begins an answer that comes in parts.
    mutating func stream(mayPersist: Bool) -> Bool { self.answer(.streaming, mayPersist) }

    private mutating func answer(_ answer: Answer, _ mayPersist: Bool) -> Bool {
        guard case .exchange(let body, _, let persists) = self.state, self.isUnanswered else {
            preconditionFailure("an answer to nothing")
        }
        self.state = .exchange(body, answer, persists: persists && mayPersist)
        self.settle()
        return persists && mayPersist
    }

    mutating func streamEnded() {
        guard case .exchange(let body, .streaming, let persists) = self.state else { return }
        self.state = .exchange(body, .complete, persists: persists)
        self.settle()
    }

    mutating func awaitTakeover() {
        if case .exchange(let body, .pending, let persists) = self.state {
            self.state = .exchange(body, .deciding, persists: persists)
        }
    }

    /// The decision is that something else goes on.
    mutating func takeOver() {
        guard case .exchange(let body, .deciding, let persists) = self.state else { return }
        self.state = .exchange(body, .takingOver, persists: persists)
    }

    mutating func tookOver() { self.state = .takenOver }

    /// Both are done: the next request, or the end.
    private mutating func settle() {
        switch self.state {
        case .exchange(.complete, .complete, persists: true): self.state = .idle
        case .exchange(_, .complete, persists: false): self.state = .closing
        case .idle, .head, .exchange, .closing, .takenOver, .closed: break
        }
    }

    private func last(_ body: Body, _ answer: Answer) -> State { .exchange(body, answer, persists: false) }

    // MARK: - Failures and ends

    /// Nothing that comes can be understood, or is waited for, any more.
    mutating func inputFailed() -> Failure {
        switch self.state {
        case .idle, .head:
            self.state = .exchange(.unread, .pending, persists: false)
            return .refuse
        // Nothing has been said yet, and nothing can go on behind such a body.
        case .exchange(_, .deciding, _), .exchange(_, .takingOver, _):
            self.state = .exchange(.unread, .pending, persists: false)
            return .refuse
        case .exchange(.wanted, .streaming, _):
            self.state = .closed
            return .abort
        case .exchange(.wanted, let answer, _):
            self.state = .exchange(.unread, answer, persists: false)
            return .tellReader
        case .exchange(let body, let answer, _):
            self.state = .exchange(body == .unwanted ? .complete : body, answer, persists: false)
            self.settle()
            return .none
        case .closing, .takenOver, .closed: return .none
        }
    }

    /// The connection ends with what has been said.
    mutating func close() {
        switch self.state {
        case .takenOver, .closed: break
        case .idle, .head, .exchange, .closing: self.state = .closing
        }
    }

    mutating func closed() { self.state = .closed }
}
