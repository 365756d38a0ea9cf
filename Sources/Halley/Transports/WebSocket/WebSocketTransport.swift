import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// WebSocket at `/ws` (RFC 6455).
struct WebSocketTransport: Transport {
    static let path = "/ws"

    func open(_ request: Request, in loop: LoopContext) throws(RequestError) -> Dispatcher.Outcome {
        // CORS does not cover WebSocket: the origin must be checked here.
        if !loop.server.origins.allows(request.headers) { throw Dispatcher.originRefused(request) }
        let accept = try WebSocketHandshake.accept(request)
        let deflate = WebSocketDeflate(
            offers: request.headers["Sec-WebSocket-Extensions"], policy: WebSocketDeflate.Policy())
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let opening = PushOpening(
            status: .switchingProtocols,
            headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]
                + (deflate.map { [("Sec-WebSocket-Extensions", $0.answer)] } ?? []),
            dialect: WebSocketDialect(
                isRaw: parameters.format == .raw, hello: parameters.hello, deflate: deflate),
            topics: parameters.topics,
            handlers: { [WebSocketHandler($0)] })
        return .push(self.authorize(request, parameters, in: loop).map { opening })
    }
}
