extension ServerConfiguration {
    /// Has a WebSocket endpoint of your own from the server's first moment on.
    ///
    /// ```swift
    /// configuration.webSocket("/echo", protocols: ["echo-protocol"]) { socket in
    ///     for try await message in socket.messages { try await socket.send(message) }
    /// }
    /// ```
    /// - Parameters: those of ``HalleyServer/webSocket(_:protocols:settings:accept:serve:)``.
    public mutating func webSocket(
        _ path: String,
        protocols: [String] = [],
        settings: WebSocketSettings = WebSocketSettings(),
        accept: WebSocketAcceptHook? = nil,
        serve: @escaping WebSocketServeHook
    ) {
        self.webSocketEndpoints.append(
            WebSocketEndpoint(path: path, protocols: protocols, settings: settings, accept: accept, serve: serve))
    }
}

extension HalleyServer {
    /// Adds a WebSocket endpoint of your own to a server that has been started. A client that comes before is answered with
    /// 404; endpoints that must not miss one belong into ``ServerConfiguration/webSocket(_:protocols:settings:accept:serve:)``.
    ///
    /// ```swift
    /// server.webSocket("/echo", protocols: ["echo-protocol"]) { socket in
    ///     for try await message in socket.messages { try await socket.send(message) }
    /// }
    /// ```
    /// The page's origin is checked (`ServerConfiguration.allowedOrigins`; 403), pings are answered, peers that say nothing any
    /// more are found (`pingInterval`, `pongTimeout`), and a server that stops closes with 1001. May be called on any thread.
    /// - Parameters:
    ///   - path: begins with `/`, and is compared as it comes, not percent-decoded. One that Halley answers itself (`/ws`,
    ///     `/sse`, `/publish` and all others of its protocol) stops the program; the page of the demo at `/` may share its
    ///     path. An endpoint that is there already is replaced for new clients.
    ///   - protocols: the subprotocols that it speaks. The first of the client's that is among them is agreed on; where there is
    ///     none, the connection is opened without.
    ///   - settings: limits and compression.
    ///   - accept: asked before the connection is opened, after the handshake and the origin were checked; it may refuse. It runs
    ///     in a task of its own; a client that has waited for ``Limits/takeoverTimeout`` is answered with 503.
    ///   - serve: is called once for each connection, in a task of its own. When it returns the connection is closed with 1000,
    ///     when it throws with 1011, and the error is logged. The task goes on when the peer has closed, and is cancelled when
    ///     the server stops.
    public func webSocket(
        _ path: String,
        protocols: [String] = [],
        settings: WebSocketSettings = WebSocketSettings(),
        accept: WebSocketAcceptHook? = nil,
        serve: @escaping WebSocketServeHook
    ) {
        self.context.add(
            WebSocketEndpoint(path: path, protocols: protocols, settings: settings, accept: accept, serve: serve))
    }
}
