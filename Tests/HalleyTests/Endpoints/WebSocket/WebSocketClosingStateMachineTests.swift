import HalleyWire
import NIOCore
import Testing

@testable import Halley

@Suite struct WebSocketClosingStateMachineTests {
    typealias Machine = WebSocketClosingStateMachine
    typealias Action = Machine.Action

    enum Event: CaseIterable { case peerClosed, failed, endpointIsThrough, wroteClose }

    private static let answer = Action.close(WebSocketCloseFrame(1000, "bye"), isByPeer: true)
    private static let failure = Action.close(WebSocketCloseFrame(1002, "bad"), isByPeer: false)

    private static func perform(_ event: Event, _ machine: inout Machine) -> Action {
        switch event {
        case .peerClosed: machine.peerClosed(1000, "bye")
        case .failed: machine.failed(WebSocketFailure(1002, "bad"))
        case .endpointIsThrough: machine.endpointIsThrough()
        case .wroteClose: machine.wroteClose()
        }
    }

    /// How a state is come to, and what the four events do in it.
    static let table: [([Event], [Action], Bool)] = [
        // open
        ([], [.awaitEndpoint, .awaitEndpoint, .none, .awaitPeer], true),
        // answering
        ([.peerClosed], [.none, .none, answer, .shutOutput], true),
        ([.failed], [.none, .none, failure, .shutOutput], true),
        // closing
        ([.wroteClose], [.closeChannel, .closeChannel, .none, .none], false),
        // closed
        ([.peerClosed, .wroteClose], [.none, .none, .none, .none], false),
        ([.wroteClose, .peerClosed], [.none, .none, .none, .none], false),
    ]

    @Test(arguments: table) func walksTheTable(_ way: [Event], _ actions: [Action], _ mayWrite: Bool) {
        for (event, action) in zip(Event.allCases, actions) {
            var machine = Machine()
            for step in way { _ = Self.perform(step, &machine) }
            #expect(machine.mayWrite == mayWrite)
            #expect(Self.perform(event, &machine) == action, "\(event) after \(way)")
        }
    }

    @Test func answersAnEmptyCloseWithAnEmptyOne() {
        var machine = Machine()
        #expect(machine.peerClosed(nil, "") == .awaitEndpoint)
        #expect(machine.endpointIsThrough() == .close(WebSocketCloseFrame(nil), isByPeer: true))
    }
}

@Suite struct WebSocketCloseFrameTests {
    @Test func cutsALongReasonAtACharacter() {
        #expect(WebSocketCloseFrame(1000, String(repeating: "a", count: 123)).reason.utf8.count == 123)
        #expect(WebSocketCloseFrame(1000, String(repeating: "a", count: 124)).reason.utf8.count == 123)
        #expect(WebSocketCloseFrame(1000, String(repeating: "é", count: 62)).reason.utf8.count == 122)
        #expect(WebSocketCloseFrame(1000, "é").payload.readableBytesView.elementsEqual([0x03, 0xe8, 0xc3, 0xa9]))
        #expect(WebSocketCloseFrame(nil, "x").payload.readableBytes == 0)
    }

    @Test(arguments: [
        (999, false), (1000, true), (1003, true), (1004, false), (1006, false), (1007, true), (1014, true),
        (1015, false),
        (2999, false), (3000, true), (4999, true), (5000, false), (-1, false), (65536 + 1000, false),
    ]) func knowsWhatIsAllowed(_ code: Int, _ isAllowed: Bool) {
        #expect(WebSocketCloseFrame.isAllowed(code) == isAllowed)
    }
}
