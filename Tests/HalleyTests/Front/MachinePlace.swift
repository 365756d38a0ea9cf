import NIOCore
import NIOHTTP1

@testable import Halley

/// The states of an ``HTTPConnectionStateMachine``, as they are seen from outside.
enum MachinePlace: Equatable, CaseIterable {
    case idle, receiving, answering, answeringLast, discarding, takenOver, closed

    /// A machine in this state, with room for bodies of 10 bytes; where it is receiving it has got three.
    func machine() -> HTTPConnectionStateMachine {
        var machine = HTTPConnectionStateMachine(maximumBody: 10)
        switch self {
        case .idle: break
        case .receiving: Self.receive(&machine)
        case .answering:
            Self.receive(&machine)
            _ = machine.end()
        case .answeringLast:
            _ = machine.head(.make(.GET, "/", [("Connection", "close")]), refusal: nil)
            _ = machine.end()
        case .discarding: _ = machine.head(.make(), refusal: RequestError(.badRequest, "bad_request", ""))
        case .takenOver:
            Self.receive(&machine)
            _ = machine.end()
            machine.takeOver()
        case .closed:
            Self.receive(&machine)
            _ = machine.end()
            _ = machine.answered(mayKeepAlive: false)
        }
        return machine
    }

    private static func receive(_ machine: inout HTTPConnectionStateMachine) {
        _ = machine.head(.make(.POST, "/publish?topic=a"), refusal: nil)
        _ = machine.body(ByteBuffer(string: "123"))
    }

    init(_ machine: borrowing HTTPConnectionStateMachine) {
        if machine.isIdle {
            self = .idle
        } else if machine.isReceiving {
            self = .receiving
        } else if machine.isAnswering {
            self = machine.keepsAlive ? .answering : .answeringLast
        } else if machine.isDiscarding {
            self = .discarding
        } else {
            self = machine.isTakenOver ? .takenOver : .closed
        }
    }
}

/// An action with its payload, in a form that can be compared.
enum MachineOutcome: Equatable {
    case none, sendContinue, awaitNext, close
    case dispatch(String)
    case refuse(UInt, String)
    case failed(HTTPConnectionStateMachine.AfterFailure)

    init(_ action: HTTPConnectionStateMachine.Action) {
        self =
            switch action {
            case .none: .none
            case .sendContinue: .sendContinue
            case .dispatch(let request): .dispatch("\(request.method) \(request.uri) \(String(buffer: request.body))")
            case .refuse(let error): .refuse(error.status.code, error.code)
            }
    }

    init(_ action: HTTPConnectionStateMachine.AfterAnswer) {
        self =
            switch action {
            case .awaitNext: .awaitNext
            case .close: .close
            }
    }
}
