import NIOCore
import NIOHTTP1

/// What a connection does with the parts of its requests: one request at a time, in order.
struct HTTPConnectionStateMachine: ~Copyable {
    private enum State {
        /// Between requests.
        case idle
        case receiving(Request)
        /// The whole request is here, the answer is not.
        case answering(keepAlive: Bool)
        /// Refused before all of it had come: the rest is thrown away, and the connection ends.
        case discarding
        /// A push has taken the connection.
        case takenOver
        case closed
    }

    enum Action {
        case none
        /// Tell the client to send the body (RFC 9110 §10.1.1).
        case sendContinue
        case dispatch(Request)
        /// Answer, and end the connection.
        case refuse(RequestError)
    }

    enum AfterAnswer: Equatable {
        case awaitNext
        case close
    }

    enum AfterFailure: Equatable {
        /// Say what was wrong, and close.
        case answer
        /// The request before it was good: it is answered first, and then nothing more.
        case afterAnswer
        case close
    }

    private var state = State.idle
    private let maximumBody: Int

    init(maximumBody: Int) { self.maximumBody = maximumBody }

    var keepsAlive: Bool { if case .answering(keepAlive: true) = self.state { true } else { false } }
    var isIdle: Bool { if case .idle = self.state { true } else { false } }
    var isReceiving: Bool { if case .receiving = self.state { true } else { false } }
    var isDiscarding: Bool { if case .discarding = self.state { true } else { false } }
    var isTakenOver: Bool { if case .takenOver = self.state { true } else { false } }
    /// Further requests wait.
    var isAnswering: Bool { if case .answering = self.state { true } else { false } }

    /// - Parameter refusal: what the gate says of the head.
    mutating func head(_ request: Request, refusal: RequestError?) -> Action {
        switch self.state {
        case .idle:
            if let refusal { return self.refuse(refusal) }
            let declared = request.header("Content-Length").flatMap(Int.init) ?? 0
            if declared > self.maximumBody { return self.refuseBody() }
            self.state = .receiving(request)
            return request.expectsContinue ? .sendContinue : .none
        case .discarding, .takenOver, .closed: return .none
        case .receiving, .answering: preconditionFailure("a head inside a request")
        }
    }

    mutating func body(_ part: ByteBuffer) -> Action {
        switch self.state {
        case .receiving(var request):
            if request.body.readableBytes + part.readableBytes > self.maximumBody { return self.refuseBody() }
            // Given up for a moment, so that the body is not copied at each part.
            self.state = .closed
            if request.body.readableBytes == 0 { request.body = part } else { request.body.writeImmutableBuffer(part) }
            self.state = .receiving(request)
            return .none
        case .discarding, .takenOver, .closed: return .none
        case .idle, .answering: preconditionFailure("a body without a head")
        }
    }

    mutating func end() -> Action {
        switch self.state {
        case .receiving(let request):
            self.state = .answering(keepAlive: request.keepAlive)
            return .dispatch(request)
        case .discarding, .takenOver, .closed: return .none
        case .idle, .answering: preconditionFailure("an end without a head")
        }
    }

    /// The answer is written.
    mutating func answered(mayKeepAlive: Bool) -> AfterAnswer {
        if case .answering(keepAlive: true) = self.state, mayKeepAlive {
            self.state = .idle
            return .awaitNext
        }
        self.state = .closed
        return .close
    }

    mutating func takeOver() { self.state = .takenOver }

    /// The peer broke HTTP, or was too slow.
    mutating func fail() -> AfterFailure {
        switch self.state {
        case .idle, .receiving:
            self.state = .discarding
            return .answer
        case .answering:
            self.state = .answering(keepAlive: false)
            return .afterAnswer
        case .discarding, .closed:
            self.state = .closed
            return .close
        case .takenOver: return .close
        }
    }

    private mutating func refuse(_ error: RequestError) -> Action {
        self.state = .discarding
        return .refuse(error)
    }

    private mutating func refuseBody() -> Action {
        self.refuse(
            RequestError(
                .payloadTooLarge, "body_too_large",
                "The body may have \(self.maximumBody) bytes (--max-body). Send less, or publish in parts."))
    }
}
