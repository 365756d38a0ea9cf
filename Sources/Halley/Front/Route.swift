import NIOHTTP1

/// Who is at a request's path, and with which methods.
enum Route {
    case responder(any Responder, methods: [HTTPMethod])
    /// RFC 9110 §9.3.7: the server as a whole.
    case server
    case nothing

    init(_ head: RequestHead, _ server: ServerContext) {
        let path = head.target.path
        if let transport = TransportTable.transport(at: path) {
            let methods = type(of: transport).methods
            if case .POST = head.method {
                self = .responder(PostedTransport(transport), methods: methods)
            } else {
                self = .responder(transport, methods: methods)
            }
            return
        }
        let endpoint = EndpointTable.endpoint(at: path, server)
        // Where there is something else at the path too, only who asks for a WebSocket is meant.
        if endpoint == nil || head.asks == .webSocket, let own = server.responders.responder(at: path) {
            self = .responder(own.responder, methods: endpoint.map { type(of: $0).methods } ?? own.methods)
        } else if let endpoint {
            self = .responder(endpoint, methods: type(of: endpoint).methods)
        } else {
            self = path == "*" ? .server : .nothing
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .responder(_, let methods): methods
        case .server: [.GET, .HEAD, .POST, .DELETE]
        case .nothing: []
        }
    }
}
