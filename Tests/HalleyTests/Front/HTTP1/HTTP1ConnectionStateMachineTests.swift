import Testing

@testable import Halley

/// Every state × every event.
@Suite struct HTTP1ConnectionStateMachineTests {
    typealias Machine = HTTP1ConnectionStateMachine
    typealias State = Machine.State

    private static let bodies: [Machine.Body] = [.unread, .wanted, .unwanted, .complete]
    private static let unanswered: [Machine.Answer] = [.pending, .deciding]

    private static func exchanges(_ bodies: [Machine.Body], _ answers: [Machine.Answer]) -> [State] {
        bodies.flatMap { body in
            answers.flatMap { answer in
                [true, false].map { .exchange(body, answer, persists: $0) }
            }
        }
    }

    /// All that can be: what is done on both sides is a state of its own.
    static let states: [State] =
        [.idle, .head, .closing, .takenOver, .closed]
        + exchanges(bodies, [.pending, .deciding, .takingOver, .streaming])
        + exchanges([.unwanted], [.complete]).filter { $0 == .exchange(.unwanted, .complete, persists: true) }

    /// Comes to the state by events alone.
    private static func machine(in state: State) -> Machine {
        var machine = Machine()
        switch state {
        case .idle: break
        case .head: machine.headBegan()
        case .closing: machine.close()
        case .takenOver: machine.tookOver()
        case .closed: machine.closed()
        case .exchange(let body, let answer, let persists):
            machine.head(hasBody: body != .complete, persists: persists)
            if body == .wanted { machine.wantBody() }
            if body == .unwanted { machine.dropBody(isShort: true) }
            switch answer {
            case .pending: break
            case .deciding: machine.awaitTakeover()
            case .takingOver:
                machine.awaitTakeover()
                machine.takeOver()
            case .streaming: _ = machine.stream(mayPersist: true)
            case .complete: _ = machine.answer(mayPersist: true)
            }
        }
        #expect(machine.state == state)
        return machine
    }

    private static func after(_ state: State, _ event: (inout Machine) -> Void) -> State {
        var machine = self.machine(in: state)
        event(&machine)
        return machine.state
    }

    @Test(arguments: states) func demands(_ state: State) {
        let expected: Machine.Demand =
            switch state {
            case .idle, .head: .head
            case .exchange(.wanted, _, persists: _), .exchange(.unwanted, _, persists: _): .body
            case .exchange, .takenOver: .wait
            case .closing, .closed: .nothing
            }
        #expect(Self.machine(in: state).demand == expected)
    }

    @Test(arguments: states) func knowsWhetherItIsAnswered(_ state: State) {
        let machine = Self.machine(in: state)
        guard case .exchange(let body, let answer, persists: _) = state else {
            #expect(!machine.isUnanswered && !machine.isStreaming && !machine.mayTakeOver && !machine.leavesBody)
            return
        }
        #expect(machine.isUnanswered == Self.unanswered.contains(answer))
        #expect(machine.isStreaming == (answer == .streaming))
        #expect(machine.leavesBody == (body == .unread))
        #expect(machine.mayTakeOver == (answer == .takingOver && body == .complete))
    }

    @Test(arguments: states) func headBegins(_ state: State) {
        #expect(Self.after(state) { $0.headBegan() } == (state == .idle ? .head : state))
    }

    @Test(arguments: [State.idle, .head], [true, false]) func takesAHead(_ state: State, _ persists: Bool) {
        #expect(
            Self.after(state) { $0.head(hasBody: true, persists: persists) }
                == .exchange(.unread, .pending, persists: persists))
        #expect(
            Self.after(state) { $0.head(hasBody: false, persists: persists) }
                == .exchange(.complete, .pending, persists: persists))
    }

    @Test(arguments: states) func bodyIsWanted(_ state: State) {
        let expected: State =
            if case .exchange(.unread, let answer, let persists) = state {
                .exchange(.wanted, answer, persists: persists)
            } else {
                state
            }
        #expect(Self.after(state) { $0.wantBody() } == expected)
    }

    @Test(arguments: states, [true, false]) func bodyIsDropped(_ state: State, _ isShort: Bool) {
        let expected: State =
            switch state {
            case .exchange(.unread, let answer, let persists), .exchange(.wanted, let answer, let persists):
                isShort ? .exchange(.unwanted, answer, persists: persists) : .exchange(.unread, answer, persists: false)
            default: state
            }
        #expect(Self.after(state) { $0.dropBody(isShort: isShort) } == expected)
    }

    @Test(arguments: states.filter { Self.machine(in: $0).demand == .body }) func bodyEnds(_ state: State) {
        let expected: State =
            if case .exchange(_, .complete, persists: true) = state {
                .idle
            } else if case .exchange(_, let answer, let persists) = state {
                .exchange(.complete, answer, persists: persists)
            } else {
                state
            }
        #expect(Self.after(state) { $0.bodyEnded() } == expected)
    }

    @Test(arguments: states.filter { Self.machine(in: $0).isUnanswered }, [true, false])
    func answers(_ state: State, _ mayPersist: Bool) {
        guard case .exchange(let body, _, let persists) = state else { return }
        let goesOn = persists && mayPersist
        let expected: State =
            !goesOn ? .closing : body == .complete ? .idle : .exchange(body, .complete, persists: true)
        var machine = Self.machine(in: state)
        #expect(machine.answer(mayPersist: mayPersist) == goesOn)
        #expect(machine.state == expected)
    }

    @Test(arguments: states.filter { Self.machine(in: $0).isUnanswered }, [true, false])
    func streams(_ state: State, _ mayPersist: Bool) {
        guard case .exchange(let body, _, let persists) = state else { return }
        var machine = Self.machine(in: state)
        #expect(machine.stream(mayPersist: mayPersist) == (persists && mayPersist))
        #expect(machine.state == .exchange(body, .streaming, persists: persists && mayPersist))
    }

    @Test(arguments: states) func streamEnds(_ state: State) {
        let expected: State =
            switch state {
            case .exchange(.complete, .streaming, persists: true): .idle
            case .exchange(_, .streaming, persists: false): .closing
            case .exchange(let body, .streaming, persists: true): .exchange(body, .complete, persists: true)
            default: state
            }
        #expect(Self.after(state) { $0.streamEnded() } == expected)
    }

    @Test(arguments: states) func somethingElseMayGoOn(_ state: State) {
        let deciding: State =
            if case .exchange(let body, .pending, let persists) = state {
                .exchange(body, .deciding, persists: persists)
            } else {
                state
            }
        #expect(Self.after(state) { $0.awaitTakeover() } == deciding)
        let decided: State =
            if case .exchange(let body, .deciding, let persists) = state {
                .exchange(body, .takingOver, persists: persists)
            } else {
                state
            }
        #expect(Self.after(state) { $0.takeOver() } == decided)
    }

    @Test(arguments: states) func inputFails(_ state: State) {
        let expected: (Machine.Failure, State) =
            switch state {
            case .idle, .head, .exchange(_, .deciding, persists: _), .exchange(_, .takingOver, persists: _):
                (.refuse, .exchange(.unread, .pending, persists: false))
            case .exchange(.wanted, .streaming, persists: _): (.abort, .closed)
            case .exchange(.wanted, let answer, persists: _):
                (.tellReader, .exchange(.unread, answer, persists: false))
            case .exchange(.unwanted, .complete, persists: _): (.none, .closing)
            case .exchange(let body, let answer, persists: _):
                (.none, .exchange(body == .unwanted ? .complete : body, answer, persists: false))
            case .closing, .takenOver, .closed: (.none, state)
            }
        var machine = Self.machine(in: state)
        #expect(machine.inputFailed() == expected.0)
        #expect(machine.state == expected.1)
    }

    @Test(arguments: states) func ends(_ state: State) {
        #expect(Self.after(state) { $0.close() } == (state == .takenOver || state == .closed ? state : .closing))
        #expect(Self.after(state) { $0.closed() } == .closed)
        #expect(Self.after(state) { $0.tookOver() } == .takenOver)
    }
}
