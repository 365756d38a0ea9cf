import HalleyHub
import HalleyWire
import Logging
import NIOCore
import NIOHTTP1

/// What someone who embeds Halley offers at one path.
struct WebSocketEndpoint: Responder {
    let path: String
    let protocols: [String]
    let settings: WebSocketSettings
    let accept: WebSocketAcceptHook?
    let serve: WebSocketServeHook

    init(
        path: String, protocols: [String], settings: WebSocketSettings, accept: WebSocketAcceptHook?,
        serve: @escaping WebSocketServeHook
    ) {
        precondition(
            path.utf8.first == UInt8(ascii: "/"), "the path of a WebSocket endpoint begins with “/”: “\(path)”")
        // It would never be asked.
        precondition(
            TransportTable.transport(at: path) == nil && !EndpointTable.isTaken(path),
            "“\(path)” is Halley's own: choose another path for a WebSocket endpoint")
        self.path = path
        self.protocols = protocols
        self.settings = settings
        self.accept = accept
        self.serve = serve
    }

    /// Checks the handshake, asks the hook, and says how the connection goes on.
    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let handshake = try WebSocketHandshake(request)
        // CORS does not cover WebSocket: the origin must be checked here.
        if !loop.server.origins.allows(request) {
            loop.server.logger.notice(
                "a WebSocket was refused: its page's origin is not allowed",
                metadata: [
                    "origin": "\(request.header("origin") ?? "")", "path": "\(self.path)",
                    "address": "\(request.address)",
                ])
            throw Dispatcher.originRefused(request)
        }
        let eventLoop = loop.eventLoop
        let takeover = loop.server.authority.principal(of: request, on: eventLoop).flatMap(on: eventLoop) { principal in
            self.decide(WebSocketOpening(self, request, handshake, principal), on: eventLoop)
        }
        return .answered(.takesOver(takeover))
    }

    private func decide(_ opening: WebSocketOpening, on eventLoop: any EventLoop) -> Eventually<Takeover> {
        let takeover = Takeover(status: .switchingProtocols, headers: opening.headers) {
            [WebSocketEndpointHandler(opening, loop: $0)]
        }
        guard let accept = self.accept else { return .now(takeover) }
        return .later(
            eventLoop.makeFutureWithTask {
                switch try await accept(opening.request) {
                case .accept: return takeover
                case .refuse(let status, let message): throw Self.refused(status, message)
                }
            })
    }

    private static func refused(_ status: Int, _ message: String) -> RequestError {
        let isRefusal = (400...599).contains(status)
        return RequestError(isRefusal ? HTTPResponseStatus(statusCode: status) : .forbidden, "refused", message)
    }
}

/// What was agreed on when a WebSocket of an endpoint was opened.
struct WebSocketOpening: Sendable {
    let endpoint: WebSocketEndpoint
    let request: WebSocketRequest
    let deflate: WebSocketDeflate?
    let subprotocol: String?
    private let accept: String
    private let address: ClientAddress

    init(
        _ endpoint: WebSocketEndpoint, _ request: RequestHead, _ handshake: WebSocketHandshake, _ principal: Principal
    ) {
        self.endpoint = endpoint
        self.request = WebSocketRequest(request, protocols: handshake.subprotocols, principal: principal)
        self.accept = handshake.accept
        self.address = request.address
        self.subprotocol = self.request.protocols.first { endpoint.protocols.contains($0) }
        self.deflate = endpoint.settings.compression.flatMap { compression in
            WebSocketDeflate(
                offers: handshake.extensions,
                policy: .init(window: compression.window, mayKeepContext: compression.keepsContext))
        }
    }

    var headers: [(String, String)] {
        [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", self.accept)]
            + (self.subprotocol.map { [("Sec-WebSocket-Protocol", $0)] } ?? [])
            + (self.deflate.map { [("Sec-WebSocket-Extensions", $0.answer)] } ?? [])
    }

    /// Runs the endpoint in a task of its own: it is one for a connection, not for a message.
    func serve(_ mailbox: WebSocketMailbox) -> Task<Void, Never> {
        let socket = WebSocket(request: self.request, subprotocol: self.subprotocol, mailbox: mailbox)
        let serve = self.endpoint.serve
        return Task {
            do {
                try await serve(socket)
                mailbox.returned(nil)
            } catch {
                mailbox.returned(error)
            }
        }
    }

    func logEnd(_ reason: CloseReason, _ closed: WebSocketClosed, after time: TimeAmount, _ logger: Logger) {
        logger.info(
            "connection ended",
            metadata: [
                "reason": "\(reason)", "transport": "endpoint", "code": "\(closed.code)", "address": "\(self.address)",
                "uri": "\(Redaction.redact(self.request.uri))",
                "ms": "\(time.nanoseconds / 1_000_000)",
            ])
    }

    func logFailure(_ error: any Error, _ logger: Logger) {
        logger.error("an endpoint failed", metadata: ["path": "\(self.endpoint.path)", "error": "\(error)"])
    }
}
