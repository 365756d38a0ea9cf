import NIOCore
import Testing

@testable import Halley

/// The cells that can't be: NIO's decoder gives parts in order, and the connection holds later requests back. They are
/// our own bugs, and trap.
@Suite struct HTTPConnectionStateMachineTrapTests {
    @Test func trapsAtAHeadInsideARequest() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.receiving.machine()
            _ = machine.head(.make(), refusal: nil)
        }
    }

    @Test func trapsAtAHeadWhileAnswering() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.answering.machine()
            _ = machine.head(.make(), refusal: nil)
        }
    }

    @Test func trapsAtABodyWithoutAHead() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.idle.machine()
            _ = machine.body(ByteBuffer(string: "x"))
        }
    }

    @Test func trapsAtABodyWhileAnswering() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.answering.machine()
            _ = machine.body(ByteBuffer(string: "x"))
        }
    }

    @Test func trapsAtAnEndWithoutAHead() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.idle.machine()
            _ = machine.end()
        }
    }

    @Test func trapsAtAnEndWhileAnswering() async {
        await #expect(processExitsWith: .failure) {
            var machine = MachinePlace.answeringLast.machine()
            _ = machine.end()
        }
    }
}
