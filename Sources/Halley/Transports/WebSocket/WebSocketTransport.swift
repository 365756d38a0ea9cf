import HalleyHub
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// WebSocket at `/ws` (RFC 6455).
struct WebSocketTransport: Transport {
    static let path = "/ws"

    func open(_ request: Request, in loop: LoopContext) throws(RequestError) -> EventLoopFuture<PushOpening> {
        // CORS does not cover WebSocket: the origin must be checked here.
        if !loop.server.origins.allows(request.headers) { throw Dispatcher.originRefused(request) }
        let accept = try WebSocketHandshake.accept(request)
        let maximumMessage = loop.server.configuration.limits.message
        return try self.subscribe(request, defaultFormat: .envelope, in: loop) { parameters in
            PushOpening(
                status: .switchingProtocols,
                headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)],
                dialect: WebSocketDialect(isRaw: parameters.format == .raw, hello: parameters.hello),
                topics: parameters.topics,
                handlers: { stream in
                    [
                        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maximumMessage)),
                        WebSocketHandler(stream),
                    ]
                })
        }
    }
}
