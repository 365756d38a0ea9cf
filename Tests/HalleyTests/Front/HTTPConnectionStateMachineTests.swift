import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

/// Every cell of the state × event table.
@Suite struct HTTPConnectionStateMachineTests {
    typealias Place = MachinePlace
    typealias Outcome = MachineOutcome

    enum Event: CaseIterable {
        case head, refusedHead, bigHead, expectingHead, body, bigBody, end, answered, answeredLast, takeOver, fail
    }

    /// What comes of an event, and where the machine then is. The cells that are our own bugs are in
    /// ``HTTPConnectionStateMachineTrapTests``.
    typealias Cell = (event: Event, outcome: Outcome, next: Place)

    private static let tooLarge = Outcome.refuse(413, "body_too_large")
    /// What comes after the end is thrown away, whatever it is.
    private static func deaf(_ place: Place) -> [Cell] {
        [Event.head, .refusedHead, .bigHead, .expectingHead, .body, .bigBody, .end].map { ($0, .none, place) }
    }

    static let table: [(Place, [Cell])] = [
        (
            .idle,
            [
                (.head, .none, .receiving), (.refusedHead, .refuse(400, "bad_request"), .discarding),
                (.bigHead, Self.tooLarge, .discarding), (.expectingHead, .sendContinue, .receiving),
                (.answered, .close, .closed), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.answer), .discarding),
            ]
        ),
        (
            .receiving,
            [
                (.body, .none, .receiving), (.bigBody, Self.tooLarge, .discarding),
                (.end, .dispatch("POST /publish?topic=a 123"), .answering), (.answered, .close, .closed),
                (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.answer), .discarding),
            ]
        ),
        (
            .answering,
            [
                (.answered, .awaitNext, .idle), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.afterAnswer), .answeringLast),
            ]
        ),
        (
            .answeringLast,
            [
                (.answered, .close, .closed), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.afterAnswer), .answeringLast),
            ]
        ),
        (
            .discarding,
            Self.deaf(.discarding) + [
                (.answered, .close, .closed), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.close), .closed),
            ]
        ),
        (
            .takenOver,
            Self.deaf(.takenOver) + [
                (.answered, .close, .closed), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.close), .takenOver),
            ]
        ),
        (
            .closed,
            Self.deaf(.closed) + [
                (.answered, .close, .closed), (.answeredLast, .close, .closed), (.takeOver, .none, .takenOver),
                (.fail, .failed(.close), .closed),
            ]
        ),
    ]

    @Test(arguments: table) func doesAsTheTableSays(_ place: Place, _ cells: [Cell]) {
        for cell in cells {
            var machine = place.machine()
            #expect(Place(machine) == place)
            #expect(Self.feed(cell.event, to: &machine) == cell.outcome, "\(place), \(cell.event)")
            #expect(Place(machine) == cell.next, "\(place), \(cell.event)")
        }
    }

    private static func feed(_ event: Event, to machine: inout HTTPConnectionStateMachine) -> Outcome {
        switch event {
        case .head: Outcome(machine.head(.make(.POST, "/publish"), refusal: nil))
        case .refusedHead:
            Outcome(machine.head(.make(.POST, "/publish"), refusal: RequestError(.badRequest, "bad_request", "")))
        case .bigHead: Outcome(machine.head(.make(.POST, "/publish", [("Content-Length", "11")]), refusal: nil))
        case .expectingHead:
            Outcome(machine.head(.make(.POST, "/publish", [("Expect", "100-continue")]), refusal: nil))
        case .body: Outcome(machine.body(ByteBuffer(string: "4567890")))
        case .bigBody: Outcome(machine.body(ByteBuffer(string: "45678901")))
        case .end: Outcome(machine.end())
        case .answered: Outcome(machine.answered(mayKeepAlive: true))
        case .answeredLast: Outcome(machine.answered(mayKeepAlive: false))
        case .takeOver:
            Self.takeOver(&machine)
        case .fail: .failed(machine.fail())
        }
    }

    private static func takeOver(_ machine: inout HTTPConnectionStateMachine) -> Outcome {
        machine.takeOver()
        return .none
    }
}
