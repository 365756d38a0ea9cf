import HalleyWire
public import NIOCore

/// The request that opened a WebSocket, or is about to.
public struct WebSocketRequest: Sendable {
    /// The path, as it came, without the query.
    public var path: String { self.request.target.path }
    /// The path and the query, as they came.
    public var uri: String { self.request.uri }
    /// Where the connection comes from: the peer of the TCP connection, which is the reverse proxy where there is one. `nil`
    /// where it has gone already.
    public var remoteAddress: SocketAddress? { self.request.peer }
    /// The value of `Origin`: the page that opens the connection, where the client is a browser.
    public var origin: String? { self.request.header("origin") }
    /// All headers, in order, as they came.
    public var headers: [(name: String, value: String)] { self.request.fields.all }
    /// The subprotocols that the client speaks, the one that it likes best first (`Sec-WebSocket-Protocol`).
    public let protocols: [String]

    /// Who opens it, as far as the server knows (``Authenticator``).
    public let principal: Principal

    private let request: RequestHead

    init(_ request: RequestHead, protocols: [String], principal: Principal) {
        self.request = request
        self.protocols = protocols
        self.principal = principal
    }

    /// The first header of that name, in any case; `nil` where there is none.
    public func header(_ name: String) -> String? { self.request.fields.first(named: name) }

    /// The first query item of that name, percent-decoded; `nil` where there is none, or where it is no UTF-8.
    public func query(_ name: String) -> String? { self.request.target.values(name).first ?? nil }
}
