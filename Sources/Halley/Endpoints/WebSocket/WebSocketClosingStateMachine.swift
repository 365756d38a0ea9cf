import HalleyWire

/// The closing handshake of an endpoint's connection (RFC 6455 §7.1). A close of the peer, or what breaks the protocol, is
/// answered when the endpoint has dealt with what came before.
struct WebSocketClosingStateMachine {
    enum Action: Equatable {
        case none
        /// The endpoint is to take what came before, but not for ever.
        case awaitEndpoint
        /// To be said after all that the endpoint has said.
        case close(WebSocketCloseFrame, isByPeer: Bool)
        /// The peer's close frame is to come, but not for ever.
        case awaitPeer
        /// Nothing more goes out; what the peer still sends is of no interest.
        case shutOutput
        case closeChannel
    }

    private enum State {
        case open
        case answering(WebSocketCloseFrame, isByPeer: Bool)
        case closing
        case closed
    }

    private var state = State.open

    /// The peer's close frame.
    mutating func peerClosed(_ code: UInt16?, _ reason: String) -> Action {
        self.ended(WebSocketCloseFrame(code, reason), isByPeer: true)
    }

    /// The peer broke the protocol.
    mutating func failed(_ failure: WebSocketFailure) -> Action {
        self.ended(WebSocketCloseFrame(failure.code, failure.text), isByPeer: false)
    }

    private mutating func ended(_ frame: WebSocketCloseFrame, isByPeer: Bool) -> Action {
        switch self.state {
        case .open:
            self.state = .answering(frame, isByPeer: isByPeer)
            return .awaitEndpoint
        case .answering, .closed: return .none
        case .closing:
            self.state = .closed
            return .closeChannel
        }
    }

    /// The endpoint has seen the end of the messages, or has returned, or was too slow.
    mutating func endpointIsThrough() -> Action {
        switch self.state {
        case .open, .closing, .closed: .none
        case .answering(let frame, let isByPeer): .close(frame, isByPeer: isByPeer)
        }
    }

    /// Our close frame is written.
    mutating func wroteClose() -> Action {
        switch self.state {
        case .open:
            self.state = .closing
            return .awaitPeer
        case .answering:
            self.state = .closed
            return .shutOutput
        case .closing, .closed: return .none
        }
    }

    /// Whether frames of ours may still come.
    var mayWrite: Bool {
        switch self.state {
        case .open, .answering: true
        case .closing, .closed: false
        }
    }
}
