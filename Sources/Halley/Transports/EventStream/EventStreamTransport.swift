import HalleyHub
import NIOCore
import NIOHTTP1

/// Server-Sent Events at `/sse`.
struct EventStreamTransport: Transport {
    static let path = "/sse"

    let isSparedFromOverload = true

    func open(_ request: Request, in loop: LoopContext) throws(RequestError) -> EventLoopFuture<PushOpening> {
        let isOverloaded = request.isOverloaded
        let retry = loop.server.configuration.retry
        let isChunked = request.isHTTP11
        let isHeadOnly = request.method == .HEAD
        return try self.subscribe(request, defaultFormat: .raw, in: loop) { parameters in
            PushOpening(
                headers: Self.headers(isChunked: isChunked),
                isHeadOnly: isHeadOnly,
                dialect: EventStreamDialect(
                    format: EventStreamFormat(isEnvelope: parameters.format == .envelope, isChunked: isChunked),
                    hello: parameters.hello, retry: retry),
                topics: isOverloaded ? nil : parameters.topics,
                handlers: { [StreamHandler($0)] })
        }
    }

    private static func headers(isChunked: Bool) -> [(String, String)] {
        [
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache, no-transform"),
            // nginx would hold events back.
            ("X-Accel-Buffering", "no"),
        ] + (isChunked ? [("Transfer-Encoding", "chunked")] : [("Connection", "close")])
    }
}
