import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct HTTPConnectionStateMachineBodyTests {
    /// The limit is 10.
    static let declared: [(String, MachineOutcome)] = [
        ("0", .none), ("10", .none), ("11", .refuse(413, "body_too_large")),
        ("9223372036854775807", .refuse(413, "body_too_large")),
    ]

    @Test(arguments: declared) func refusesByTheDeclaredLength(_ length: String, _ outcome: MachineOutcome) {
        var machine = MachinePlace.idle.machine()
        #expect(MachineOutcome(machine.head(.make(.POST, "/", [("Content-Length", length)]), refusal: nil)) == outcome)
    }

    /// Chunked bodies declare nothing.
    @Test(arguments: [[10], [11], [5, 5], [5, 6], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [10, 0], [10, 1]])
    func refusesByWhatComes(_ parts: [Int]) {
        var machine = MachinePlace.idle.machine()
        #expect(MachineOutcome(machine.head(.make(.POST, "/x"), refusal: nil)) == .none)
        var received = 0
        for part in parts {
            received += part
            let outcome = MachineOutcome(machine.body(ByteBuffer(repeating: 0x78, count: part)))
            #expect(outcome == (received > 10 ? .refuse(413, "body_too_large") : .none))
        }
        let whole = MachineOutcome.dispatch("POST /x " + String(repeating: "x", count: received))
        #expect(MachineOutcome(machine.end()) == (received > 10 ? .none : whole))
    }

    /// The gate is asked first: what it says of the head counts more than a body that would be too large.
    @Test func refusesByTheGateFirst() {
        var machine = MachinePlace.idle.machine()
        let refusal = RequestError(.notFound, "not_found", "")
        let outcome = MachineOutcome(machine.head(.make(.POST, "/", [("Content-Length", "11")]), refusal: refusal))
        #expect(outcome == .refuse(404, "not_found"))
    }

    @Test func goesOnWithTheNextRequest() {
        var machine = MachinePlace.answering.machine()
        #expect(machine.answered(mayKeepAlive: true) == .awaitNext)
        #expect(MachineOutcome(machine.head(.make(.GET, "/next"), refusal: nil)) == .none)
        // Nothing is left of the body before.
        #expect(MachineOutcome(machine.end()) == .dispatch("GET /next "))
    }
}
