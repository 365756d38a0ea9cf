import Testing

@testable import Halley

/// States: empty, holding, being written, over its limit with senders that wait, closed. A sender is a letter here.
@Suite struct WebSocketOutboxStateMachineTests {
    typealias Machine = WebSocketOutboxStateMachine<Character>

    private static let a = WebSocketMessage.text("a")
    private static let b = WebSocketMessage.text("b")
    private static let c = WebSocketMessage.text("c")
    private static let frame = WebSocketCloseFrame(1000, "bye")
    private static let end = WebSocketClosed(1000, "bye", isByPeer: false)

    @Test func wakesTheLoopOncePerTurn() {
        var machine = Machine(limit: 1000)
        #expect(machine.offer(Self.a) == .taken(wakes: true))
        #expect(machine.offer(Self.b) == .taken(wakes: false))
        #expect(machine.takeAll() == [.message(Self.a), .message(Self.b)])
        #expect(machine.takeAll() == [])
        #expect(machine.offer(Self.c) == .taken(wakes: true))
    }

    /// One message weighs 65.
    @Test(arguments: [(64, true), (65, true), (66, false)]) func isFullAtItsLimit(_ limit: Int, _ isFull: Bool) {
        var machine = Machine(limit: limit)
        #expect(machine.offer(Self.a) == .taken(wakes: true))
        #expect(machine.offer(Self.b) == (isFull ? .full : .taken(wakes: false)))
        // Until it is written it counts.
        _ = machine.takeAll()
        #expect(machine.offer(Self.c) == .full)
    }

    @Test func takesThoseWhoWaitInOrder() {
        var machine = Machine(limit: 65)
        _ = machine.offer(Self.a)
        #expect(machine.park(machine.newID(), Self.b, "b") == .full)
        #expect(machine.park(machine.newID(), Self.c, "c") == .full)
        #expect(machine.takeAll() == [.message(Self.a)])
        var (released, wakes) = machine.written(65)
        #expect(released == ["b"])
        #expect(wakes)
        #expect(machine.takeAll() == [.message(Self.b)])
        (released, wakes) = machine.written(65)
        #expect(released == ["c"])
        #expect(machine.takeAll() == [.message(Self.c)])
        (released, wakes) = machine.written(65)
        #expect(released == [])
        #expect(!wakes)
        #expect(machine.offer(Self.a) == .taken(wakes: true))
    }

    @Test func nobodyOvertakesWhoWaits() {
        var machine = Machine(limit: 100)
        _ = machine.offer(Self.a)
        _ = machine.offer(Self.a)
        #expect(machine.park(machine.newID(), Self.b, "b") == .full)
        _ = machine.takeAll()
        #expect(machine.written(65).released == ["b"])
        #expect(machine.offer(Self.c) == .full)
    }

    /// What was full may have room again when the sender comes to wait.
    @Test func parkingTakesWhereThereIsRoom() {
        var machine = Machine(limit: 65)
        #expect(machine.park(machine.newID(), Self.a, "a") == .taken(wakes: true))
    }

    @Test func cancelsOneWhoWaits() {
        var machine = Machine(limit: 65)
        _ = machine.offer(Self.a)
        let (first, second) = (machine.newID(), machine.newID())
        _ = machine.park(first, Self.b, "b")
        _ = machine.park(second, Self.c, "c")
        #expect(machine.cancel(first) == "b")
        #expect(machine.cancel(first) == nil)
        _ = machine.takeAll()
        #expect(machine.written(65).released == ["c"])
        #expect(machine.takeAll() == [.message(Self.c)])
    }

    @Test func closesAfterWhatItHas() {
        var machine = Machine(limit: 65)
        _ = machine.offer(Self.a)
        _ = machine.park(machine.newID(), Self.b, "b")
        let closed = machine.close(Self.frame, Self.end)
        #expect(closed?.wakes == false)
        #expect(closed?.refused == ["b"])
        #expect(machine.close(WebSocketCloseFrame(1011), .lost) == nil)
        #expect(machine.takeAll() == [.message(Self.a), .close(Self.frame)])
        #expect(machine.end == Self.end)
        #expect(machine.offer(Self.c) == .ended(Self.end))
        #expect(machine.park(machine.newID(), Self.c, "c") == .ended(Self.end))
        #expect(machine.written(65).released == [])
    }

    @Test func wakesTheLoopForACloseAlone() {
        var machine = Machine(limit: 65)
        #expect(machine.close(Self.frame, Self.end)?.wakes == true)
    }

    @Test func countsWhatIsNotWritten() {
        var machine = Machine(limit: 130)
        for message in [Self.a, Self.b] { _ = machine.offer(message) }
        #expect(machine.pending == 130)
        #expect(machine.park(machine.newID(), Self.c, "c") == .full)
        #expect(machine.pending == 130)
        _ = machine.takeAll()
        #expect(machine.pending == 130)
        #expect(machine.written(65).released == ["c"])
        #expect(machine.pending == 130)
        _ = machine.close(Self.frame, Self.end)
        #expect(machine.written(65).released == [])
        #expect(machine.pending == 65)
        _ = machine.abandon(.lost)
        #expect(machine.pending == 0)
        // What was being written then fails afterwards.
        #expect(machine.written(65).released == [])
        #expect(machine.pending == 0)
    }

    @Test func abandonsAll() {
        var machine = Machine(limit: 65)
        _ = machine.offer(Self.a)
        _ = machine.park(machine.newID(), Self.b, "b")
        #expect(machine.abandon(.lost) == ["b"])
        #expect(machine.takeAll() == [])
        #expect(machine.offer(Self.c) == .ended(.lost))
        #expect(machine.abandon(Self.end) == [])
        #expect(machine.end == .lost)
    }
}
