/// What an endpoint says to a client that wants to open a WebSocket.
public enum WebSocketAcceptance: Sendable, Equatable {
    case accept
    /// Answers with an HTTP status from 400 to 599, and the message in a JSON body: what was wrong, and what to do.
    case refuse(status: Int, message: String)
}

/// Asked before a WebSocket is opened. What it throws is logged, and answered with 500, which says
/// nothing of it.
public typealias WebSocketAcceptHook = @Sendable (WebSocketRequest) async throws -> WebSocketAcceptance

/// Serves one WebSocket. When it returns the connection is closed with 1000, when it throws with 1011.
public typealias WebSocketServeHook = @Sendable (WebSocket) async throws -> Void
