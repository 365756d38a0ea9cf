import HalleyHub
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// WebSocket at `/ws` (RFC 6455).
struct WebSocketTransport: Transport {
    static let path = "/ws"

    func open(_ request: Request, in loop: LoopContext) throws(RequestError) -> Dispatcher.Outcome {
        // CORS does not cover WebSocket: the origin must be checked here.
        if !loop.server.origins.allows(request.headers) { throw Dispatcher.originRefused(request) }
        let accept = try WebSocketHandshake.accept(request)
        let maximumMessage = loop.server.configuration.limits.message
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let opening = PushOpening(
            status: .switchingProtocols,
            headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)],
            dialect: WebSocketDialect(isRaw: parameters.format == .raw, hello: parameters.hello),
            topics: parameters.topics,
            handlers: { stream in
                [ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maximumMessage)), WebSocketHandler(stream)]
            })
        return .push(self.authorize(request, parameters, in: loop).map { opening })
    }
}
