import HalleyHub
import NIOCore
import NIOHTTP1

/// Something that answers requests at one path.
protocol Endpoint: Responder {
    static var path: String { get }
    static var methods: [HTTPMethod] { get }
}

/// Finds who answers a request.
enum Dispatcher {
    /// So many bytes of a body that nobody wants are read and thrown away, so that the connection can go on.
    static let maximumUnwantedBody = 64 << 10

    static func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let route = Route(head, loop.server)
        if let refusal = self.refusal(of: head, route, loop.server) { throw refusal }
        if head.isOptions { return .answered(.answer(self.options(route.methods))) }
        switch route {
        case .responder(let responder, methods: _): return try responder.open(head, in: loop)
        case .server, .nothing: throw self.notFound(head.target.path)
        }
    }

    /// What path, method and origin say.
    static func refusal(of head: RequestHead, _ server: ServerContext) -> RequestError? {
        self.refusal(of: head, Route(head, server), server)
    }

    private static func refusal(of head: RequestHead, _ route: Route, _ server: ServerContext) -> RequestError? {
        let path = head.target.path
        let methods = route.methods
        if case .CONNECT = head.method {
            return RequestError(.notImplemented, "method_unsupported", "No tunnels are opened here.")
        }
        if methods.isEmpty { return self.notFound(path) }
        if head.isOptions { return nil }
        guard methods.contains(where: { Self.isSame($0, head.method) }) else {
            let allow = self.allow(methods)
            return RequestError(
                .methodNotAllowed, "method_not_allowed", "“\(path)” takes \(allow), not \(head.method).",
                headers: [("Allow", allow)])
        }
        // A browser sends simple POSTs of foreign pages without asking: they must not change anything.
        if !head.isReading, !server.origins.allows(head) {
            return Self.originRefused(head)
        }
        return nil
    }

    private static func isSame(_ method: HTTPMethod, _ other: HTTPMethod) -> Bool {
        switch (method, other) {
        case (.GET, .GET), (.POST, .POST): true
        case (.GET, .POST), (.POST, .GET): false
        default: method == other
        }
    }

    private static func notFound(_ path: String) -> RequestError {
        RequestError(.notFound, "not_found", "There is nothing at “\(path)”.")
    }

    static func originRefused(_ head: RequestHead) -> RequestError {
        RequestError(
            .forbidden, "origin_refused",
            "Pages of \(head.header("origin") ?? "null") may not use this server; allow them with --allow-origin.")
    }

    private static func allow(_ methods: [HTTPMethod]) -> String {
        (methods + [.OPTIONS]).map(\.rawValue).joined(separator: ", ")
    }

    private static func options(_ methods: [HTTPMethod]) -> Response {
        Response(
            .noContent,
            headers: [
                ("Allow", self.allow(methods)), ("Access-Control-Allow-Methods", self.allow(methods)),
                (
                    "Access-Control-Allow-Headers",
                    "Authorization, Cache-Control, Content-Type, Idempotency-Key, Last-Event-ID"
                ),
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
