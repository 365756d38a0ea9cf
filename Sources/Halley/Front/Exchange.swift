import Logging
import NIOCore

/// One request and its one answer: how they are framed is for the protocol to say that carries them. On its loop.
protocol Exchange: AnyObject {
    var loop: LoopContext { get }
    /// Answers, where no answer has been given.
    func respond(_ response: Response)
    func stream(_ head: ResponseHead, from body: any BodyStream)
    /// The answer will come; until then it may be asked to come at once, or is not wanted any more.
    func hold(_ answer: any HeldAnswer)
    /// It will be decided whether something else goes on in place of HTTP.
    func awaitTakeover()
    func takeOver(_ takeover: Takeover)
    /// Whether the request of that number may still be answered: what comes too late is nobody's.
    func isOpen(_ number: Int) -> Bool
}

extension Exchange {
    /// - Parameter number: that of the request.
    func perform(_ outcome: Outcome, of number: Int) {
        switch outcome {
        case .answer(.now(let response)): self.respond(response)
        case .answer(.failed(let error)): self.respond(self.loop.server.response(to: error))
        case .answer(let response): self.respond(response, number)
        case .streams(let head, from: let body): self.stream(head, from: body)
        case .held(let answer):
            self.hold(answer)
            self.respond(.later(answer.response), number)
        case .takesOver(let takeover):
            self.awaitTakeover()
            takeover.whenComplete(on: self.loop.eventLoop) { result in
                guard self.isOpen(number) else { return }
                switch result {
                case .success(let takeover): self.takeOver(takeover)
                case .failure(let error): self.respond(self.loop.server.response(to: error))
                }
            }
        }
    }

    private func respond(_ response: Eventually<Response>, _ number: Int) {
        response.whenComplete(on: self.loop.eventLoop) { result in
            guard self.isOpen(number) else { return }
            switch result {
            case .success(let response): self.respond(response)
            case .failure(let error): self.respond(self.loop.server.response(to: error))
            }
        }
    }
}

extension ServerContext {
    /// What a peer is told of an error: a refusal as it is; of anything else only that it happened, and the log gets the rest.
    func response(to error: any Error) -> Response { self.refusal(for: error).response }

    func refusal(for error: any Error) -> RequestError {
        if let refusal = error as? RequestError { return refusal }
        self.logger.error("a request failed", metadata: ["error": "\(error)"])
        return .internalError
    }
}
