import HalleyHub
import NIOCore
import NIOHTTP1

/// Server-Sent Events at `/sse`.
struct EventStreamTransport: Transport {
    static let path = "/sse"
    static let methods: [HTTPMethod] = [.GET, .HEAD, .POST]

    let isSparedFromOverload = true

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let parameters = try SubscribeParameters(request, defaultFormat: .raw)
        let format = EventStreamFormat(isEnvelope: parameters.format == .envelope, framing: BodyFraming(request))
        let opening = PushOpening(
            headers: PushOpening.streamHeaders("text/event-stream", format.framing),
            dialect: EventStreamDialect(
                format: format, hello: parameters.hello, retry: loop.server.configuration.retry),
            topics: request.isOverloaded ? nil : parameters.topics,
            handlers: { [StreamHandler($0)] })
        return .answered(opening.outcome(try self.authorize(request, parameters, in: loop), of: request))
    }
}
