import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// WebSocket at `/ws` (RFC 6455).
struct WebSocketTransport: Transport {
    static let path = "/ws"

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        // CORS does not cover WebSocket: the origin must be checked here.
        if !loop.server.origins.allows(request) { throw Dispatcher.originRefused(request) }
        let handshake = try WebSocketHandshake(request)
        let deflate = WebSocketDeflate(offers: handshake.extensions, policy: WebSocketDeflate.Policy())
        let isSession = handshake.subprotocols.contains(CommandSession.subprotocol)
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope, mayLackTopics: isSession)
        if isSession, parameters.format == .raw {
            throw .badParameter("format", "\(CommandSession.subprotocol) speaks envelopes only.")
        }
        let opening = PushOpening(
            status: .switchingProtocols,
            headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", handshake.accept)]
                + (isSession ? [("Sec-WebSocket-Protocol", CommandSession.subprotocol)] : [])
                + (deflate.map { [("Sec-WebSocket-Extensions", $0.answer)] } ?? []),
            dialect: WebSocketDialect(
                isRaw: parameters.format == .raw, hello: parameters.hello,
                window: deflate.map { UInt8($0.serverWindow) }),
            topics: parameters.topics,
            handlers: { [WebSocketHandler($0, deflate)] })
        let clients = loop.server.clients
        let allowed = try self.authorize(request, parameters, in: loop)
        return .answered(
            .takesOver(
                allowed.map {
                    (isSession ? opening.session(with: $0, clients) : opening.presented(by: $0)).takeover(of: request)
                }))
    }
}

extension PushOpening {
    /// A client that speaks `halley.v1` always has an id that it can come back with.
    fileprivate func session(with presentation: Presentation, _ clients: ClientRegistry) -> PushOpening {
        var opening = self.presented(by: presentation.withCredentials(of: clients))
        guard var dialect = self.dialect as? WebSocketDialect else { return opening }
        dialect.client = opening.presentation?.issued
        opening.dialect = dialect
        return opening
    }
}
