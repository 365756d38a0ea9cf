public import HalleyHub

/// Decides about topics whose rule says `hook`: what the principal has no ``Grant`` for.
public protocol Authorizer: Sendable {
    /// - Parameter topics: at least one, each once.
    /// - Throws: whatever kept it from deciding. It is logged, not told: the client hears 503 and may try again.
    func decide(
        _ principal: Principal, _ action: TopicAction, _ topics: [Topic]
    ) async throws -> AccessDecision
}

/// What an ``Authorizer`` has decided about some topics.
public struct AccessDecision: Sendable, Equatable {
    /// Those that may not be had.
    public let refused: Set<Topic>
    /// Until when the others may be had, in milliseconds since 1970; `nil`: as long as the credentials hold. A stream ends
    /// then, and may come back.
    public let until: Int64?

    /// All of them may be had.
    public static func allow(until: Int64? = nil) -> AccessDecision { AccessDecision(refused: [], until: until) }
    /// All but those.
    public static func refuse(_ topics: some Sequence<Topic>, until: Int64? = nil) -> AccessDecision {
        AccessDecision(refused: Set(topics), until: until)
    }
}

/// A closure as an authorizer.
struct AuthorizingClosure: Authorizer {
    let body: @Sendable (Principal, TopicAction, [Topic]) async throws -> AccessDecision

    func decide(
        _ principal: Principal, _ action: TopicAction, _ topics: [Topic]
    ) async throws -> AccessDecision {
        try await self.body(principal, action, topics)
    }
}
