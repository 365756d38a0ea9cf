/// Says who is behind a client's credentials: the embedding program's own users.
///
/// It is asked once for each request with a token that is not the API key, and for the command `authenticate` of a
/// WebSocket. Who shows no token is ``Principal/Identity/anonymous`` without a question.
public protocol Authenticator: Sendable {
    /// - Returns: `nil` where nobody is known by them; the client goes on as an anonymous one.
    /// - Throws: whatever kept it from finding out. It is logged, not told: the client hears 503 and may try again.
    func authenticate(_ credentials: Credentials) async throws -> Principal?
}

/// A closure as an authenticator.
struct AuthenticatingClosure: Authenticator {
    let body: @Sendable (Credentials) async throws -> Principal?

    func authenticate(_ credentials: Credentials) async throws -> Principal? { try await self.body(credentials) }
}
