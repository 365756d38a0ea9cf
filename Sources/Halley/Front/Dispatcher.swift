import HalleyHub
import NIOCore
import NIOHTTP1

/// Something that answers requests at one path.
protocol Endpoint: Sendable {
    static var path: String { get }
    static var methods: [HTTPMethod] { get }
    func respond(to request: Request, in loop: LoopContext) throws(RequestError) -> EventLoopFuture<Response>
}

/// Finds who answers a request.
enum Dispatcher {
    enum Outcome {
        case response(EventLoopFuture<Response>)
        case push(Eventually<PushOpening>)
        case held(any HeldAnswer)
        case upgrade(EventLoopFuture<Upgrade>)
    }

    static func dispatch(_ request: Request, _ loop: LoopContext) -> Outcome {
        if let refusal = self.refusal(of: request, loop.server) {
            return .response(loop.eventLoop.makeFailedFuture(refusal))
        }
        let path = request.target.path
        if request.method == .OPTIONS {
            return .response(loop.eventLoop.makeSucceededFuture(self.options(request, self.methods(at: path, loop.server))))
        }
        do throws(RequestError) {
            if let own = self.webSocketEndpoint(for: request, loop.server) { return .upgrade(try own.open(request, in: loop)) }
            if let transport = TransportTable.transport(at: path) { return try transport.open(request, in: loop) }
            guard let endpoint = EndpointTable.endpoint(at: path, loop.server) else { throw self.notFound(path) }
            return .response(try endpoint.respond(to: request, in: loop))
        } catch {
            return .response(loop.eventLoop.makeFailedFuture(error))
        }
    }

    /// Path, method and origin: what can be said before the body is here.
    static func refusal(of request: Request, _ server: ServerContext) -> RequestError? {
        let path = request.target.path
        let methods = self.methods(at: path, server)
        if methods.isEmpty { return self.notFound(path) }
        if request.method == .OPTIONS { return nil }
        guard methods.contains(request.method) else {
            let allow = self.allow(methods)
            return RequestError(
                .methodNotAllowed, "method_not_allowed", "“\(path)” takes \(allow), not \(request.method).",
                headers: [("Allow", allow)])
        }
        // A browser sends simple POSTs of foreign pages without asking: they must not change anything.
        if request.method != .GET, request.method != .HEAD, !server.origins.allows(request.headers) {
            return Self.originRefused(request)
        }
        return nil
    }

    private static func notFound(_ path: String) -> RequestError {
        RequestError(.notFound, "not_found", "There is nothing at “\(path)”.")
    }

    static func originRefused(_ request: Request) -> RequestError {
        RequestError(
            .forbidden, "origin_refused",
            "Pages of \(request.header("Origin") ?? "null") may not use this server; allow them with --allow-origin.")
    }

    private static func methods(at path: String, _ server: ServerContext) -> [HTTPMethod] {
        // RFC 9110 §9.3.7: the server as a whole.
        if path == "*" { return [.GET, .HEAD, .POST, .DELETE] }
        if TransportTable.transport(at: path) != nil { return [.GET, .HEAD] }
        if let endpoint = EndpointTable.endpoint(at: path, server) { return type(of: endpoint).methods }
        return server.webSocketEndpoints.endpoint(at: path) == nil ? [] : [.GET]
    }

    /// Where there is something else at the path too, only who asks for a WebSocket is meant.
    private static func webSocketEndpoint(for request: Request, _ server: ServerContext) -> WebSocketEndpoint? {
        let path = request.target.path
        if TransportTable.transport(at: path) != nil { return nil }
        if !request.wantsWebSocket && EndpointTable.endpoint(at: path, server) != nil { return nil }
        return server.webSocketEndpoints.endpoint(at: path)
    }

    private static func allow(_ methods: [HTTPMethod]) -> String {
        (methods + [.OPTIONS]).map(\.rawValue).joined(separator: ", ")
    }

    private static func options(_ request: Request, _ methods: [HTTPMethod]) -> Response {
        Response(
            .noContent,
            headers: [
                ("Allow", self.allow(methods)), ("Access-Control-Allow-Methods", self.allow(methods)),
                ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"),
                ("Access-Control-Max-Age", "86400"),
            ])
    }
}

/// All endpoints that are no transports.
enum EndpointTable {
    private static let always = EndpointTable.byPath([
        PublishEndpoint(), HistoryEndpoint(), TopicsEndpoint(), PresenceEndpoint(), HealthEndpoint(), ReadinessEndpoint(),
    ])
    private static let demo = EndpointTable.byPath([PageEndpoint(), PageStyleEndpoint(), PageScriptEndpoint()])

    static func endpoint(at path: String, _ server: ServerContext) -> (any Endpoint)? {
        self.always[path] ?? (server.configuration.demo ? self.demo[path] : nil)
    }

    /// Whether one is there in every server.
    static func isTaken(_ path: String) -> Bool { self.always[path] != nil }

    private static func byPath(_ endpoints: [any Endpoint]) -> [String: any Endpoint] {
        Dictionary(uniqueKeysWithValues: endpoints.map { (type(of: $0).path, $0) })
    }
}
