import HalleyHub
import NIOCore
import NIOHTTP1

/// Server-Sent Events at `/sse`.
struct EventStreamTransport: Transport {
    static let path = "/sse"

    let isSparedFromOverload = true

    func open(_ request: Request, in loop: LoopContext) throws(RequestError) -> Dispatcher.Outcome {
        let parameters = try SubscribeParameters(request, defaultFormat: .raw)
        let format = EventStreamFormat(isEnvelope: parameters.format == .envelope, framing: BodyFraming(request))
        let opening = PushOpening(
            headers: PushOpening.streamHeaders("text/event-stream", format.framing),
            isHeadOnly: request.method == .HEAD,
            dialect: EventStreamDialect(
                format: format, hello: parameters.hello, retry: loop.server.configuration.retry),
            topics: request.isOverloaded ? nil : parameters.topics,
            handlers: { [StreamHandler($0)] })
        return .push(try self.authorize(request, parameters, in: loop).map(opening.presented))
    }
}
