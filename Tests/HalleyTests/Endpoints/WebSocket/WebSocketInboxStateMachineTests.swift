import NIOCore
import Testing

@testable import Halley

/// States: empty, holding, full and paused, waited for, ended. An endpoint's task is a letter here.
@Suite struct WebSocketInboxStateMachineTests {
    typealias Machine = WebSocketInboxStateMachine<Character>

    private static let a = WebSocketMessage.text("a")
    private static let b = WebSocketMessage.text("b")
    private static let lost = WebSocketMessagesEnd.failed(.lost)

    /// What is comparable of an answer.
    private static func text(_ next: Machine.Next?) -> String {
        switch next {
        case nil: "waits"
        case .wait: "wait"
        case .message(let message, let resumes): "\(message) resumes:\(resumes)"
        case .end(let end, let isFirst): "\(end) first:\(isFirst)"
        }
    }

    @Test func givesMessagesInOrder() {
        var machine = Machine(limit: 1000)
        #expect(Self.text(machine.next()) == "wait")
        for message in [Self.a, Self.b] {
            guard case .none = machine.arrived(message) else {
                Issue.record("nobody waits")
                return
            }
        }
        #expect(Self.text(machine.next()) == Self.text(.message(Self.a, resumes: false)))
        #expect(Self.text(machine.wait("x")) == Self.text(.message(Self.b, resumes: false)))
        #expect(Self.text(machine.next()) == "wait")
    }

    @Test func wakesWhoWaits() {
        var machine = Machine(limit: 1000)
        #expect(Self.text(machine.wait("x")) == "waits")
        guard case .wake("x", Self.a) = machine.arrived(Self.a) else {
            Issue.record("not woken")
            return
        }
        guard case .none = machine.arrived(Self.b) else {
            Issue.record("woken twice")
            return
        }
        #expect(Self.text(machine.next()) == Self.text(.message(Self.b, resumes: false)))
    }

    @Test func cancelsWhoWaits() {
        var machine = Machine(limit: 1000)
        #expect(machine.cancel() == nil)
        #expect(Self.text(machine.wait("x")) == "waits")
        #expect(machine.cancel() == "x")
        guard case .none = machine.arrived(Self.a) else {
            Issue.record("woken")
            return
        }
        #expect(Self.text(machine.wait("y")) == Self.text(.message(Self.a, resumes: false)))
    }

    /// Each of these weighs 65: a limit of 130 is reached by two, one of 131 is not.
    @Test(arguments: [(129, true), (130, true), (131, false)]) func isFullAtItsLimit(_ limit: Int, _ isFull: Bool) {
        var machine = Machine(limit: limit)
        #expect(machine.pausesIfFull() == false)
        _ = machine.arrived(Self.a)
        #expect(machine.pausesIfFull() == false)
        _ = machine.arrived(Self.b)
        #expect(machine.pausesIfFull() == isFull)
    }

    @Test func countsWhatIsNotTaken() {
        var machine = Machine(limit: 1)
        for message in [Self.a, Self.b] { _ = machine.arrived(message) }
        #expect(machine.weight == 130)
        _ = machine.finish(Self.lost)
        _ = machine.arrived(Self.a)
        #expect(machine.weight == 130)
        _ = machine.next()
        #expect(machine.weight == 65)
        _ = machine.next()
        #expect(machine.weight == 0)
        // Who waits gets it at once.
        machine = Machine(limit: 1)
        _ = machine.wait("x")
        _ = machine.arrived(Self.a)
        #expect(machine.weight == 0)
    }

    @Test func resumesOnceWhenHalfIsTaken() {
        var machine = Machine(limit: 260)
        for _ in 0..<4 { _ = machine.arrived(Self.a) }
        #expect(machine.pausesIfFull() == true)
        #expect(Self.text(machine.next()) == Self.text(.message(Self.a, resumes: false)))
        #expect(Self.text(machine.next()) == Self.text(.message(Self.a, resumes: true)))
        #expect(Self.text(machine.next()) == Self.text(.message(Self.a, resumes: false)))
    }

    @Test func emptyMessagesFillItToo() {
        var machine = Machine(limit: 640)
        for _ in 0..<10 { _ = machine.arrived(.binary(ByteBuffer())) }
        #expect(machine.pausesIfFull() == true)
    }

    @Test(arguments: [WebSocketMessagesEnd.clean, lost]) func endsAfterWhatHasCome(_ end: WebSocketMessagesEnd) {
        var machine = Machine(limit: 1)
        _ = machine.arrived(Self.a)
        #expect(machine.pausesIfFull() == true)
        #expect(machine.finish(end) == nil)
        // What still comes is of no interest, and must be read away.
        #expect(machine.pausesIfFull() == false)
        guard case .none = machine.arrived(Self.b) else {
            Issue.record("woken")
            return
        }
        #expect(Self.text(machine.next()) == Self.text(.message(Self.a, resumes: false)))
        #expect(Self.text(machine.next()) == Self.text(.end(end, isFirst: true)))
        #expect(Self.text(machine.next()) == Self.text(.end(end, isFirst: false)))
        #expect(Self.text(machine.wait("x")) == Self.text(.end(end, isFirst: false)))
        #expect(machine.finish(.clean) == nil)
    }

    @Test func tellsTheEndToWhoWaits() {
        var machine = Machine(limit: 1)
        _ = machine.wait("x")
        let told = machine.finish(Self.lost)
        #expect(told?.waiter == "x")
        #expect(told?.end == Self.lost)
        #expect(Self.text(machine.next()) == Self.text(.end(Self.lost, isFirst: false)))
    }
}
