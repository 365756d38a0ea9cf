import NIOHTTP1

/// Who is at a request's path.
enum Route {
    case transport(any Transport)
    case endpoint(any Endpoint)
    /// The methods are those of whatever else is at the path.
    case webSocket(WebSocketEndpoint, methods: [HTTPMethod])
    /// RFC 9110 §9.3.7: the server as a whole.
    case server
    case nothing

    init(_ request: Request, _ server: ServerContext) {
        let path = request.target.path
        if let transport = TransportTable.transport(at: path) {
            self = .transport(transport)
            return
        }
        let endpoint = EndpointTable.endpoint(at: path, server)
        // Where there is something else at the path too, only who asks for a WebSocket is meant.
        if endpoint == nil || request.wantsWebSocket, let own = server.webSocketEndpoints.endpoint(at: path) {
            self = .webSocket(own, methods: endpoint.map { type(of: $0).methods } ?? [.GET])
        } else if let endpoint {
            self = .endpoint(endpoint)
        } else {
            self = path == "*" ? .server : .nothing
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .transport: [.GET, .HEAD]
        case .endpoint(let endpoint): type(of: endpoint).methods
        case .webSocket(_, let methods): methods
        case .server: [.GET, .HEAD, .POST, .DELETE]
        case .nothing: []
        }
    }
}
