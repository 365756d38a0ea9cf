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
        let route = Route(request, loop.server)
        if let refusal = self.refusal(of: request, route, loop.server) {
            return .response(loop.eventLoop.makeFailedFuture(refusal))
        }
        if request.method == .OPTIONS {
            return .response(loop.eventLoop.makeSucceededFuture(self.options(route.methods)))
        }
        do throws(RequestError) {
            switch route {
            case .transport(let transport): return try transport.open(request, in: loop)
            case .endpoint(let endpoint): return .response(try endpoint.respond(to: request, in: loop))
            case .webSocket(let endpoint, methods: _): return .upgrade(try endpoint.open(request, in: loop))
            case .server, .nothing: throw self.notFound(request.target.path)
            }
        } catch {
            return .response(loop.eventLoop.makeFailedFuture(error))
        }
    }

    /// Path, method and origin: what can be said before the body is here.
    static func refusal(of request: Request, _ server: ServerContext) -> RequestError? {
        self.refusal(of: request, Route(request, server), server)
    }

    private static func refusal(of request: Request, _ route: Route, _ server: ServerContext) -> RequestError? {
        let path = request.target.path
        let methods = route.methods
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

    private static func allow(_ methods: [HTTPMethod]) -> String {
        (methods + [.OPTIONS]).map(\.rawValue).joined(separator: ", ")
    }

    private static func options(_ methods: [HTTPMethod]) -> Response {
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
        PublishEndpoint(), HistoryEndpoint(), TopicsEndpoint(), PresenceEndpoint(), HealthEndpoint(),
        ReadinessEndpoint(),
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
