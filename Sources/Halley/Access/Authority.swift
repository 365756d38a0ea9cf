public import HalleyHub
import NIOCore
import NIOHTTP1

/// Who asks.
public struct Principal: Sendable, Hashable {
    public enum Identity: Sendable, Hashable {
        case key
        case anonymous
    }

    public let identity: Identity
    /// What it showed: the bearer token or `access_token`, right or wrong.
    public let token: String?
    /// Where it comes from, as limits see it.
    public let address: String
    /// Who is behind the token, where the embedding program says so (``ServerConfiguration/identify``).
    public internal(set) var user: String?

    /// By what repeats of a request are known.
    var idempotencyScope: String { self.identity == .key ? "key" : "address " + self.address }
}

/// What it wants to do.
public enum Action: String, Sendable {
    case publish, subscribe, history, presence
    /// Reading and changing what the log holds.
    case administer
}

/// Decides for topics whose rule says `hook`.
public typealias AuthorizeHook = @Sendable (Principal, Action, Topic) async -> Bool

/// Says who is behind a principal's token; `nil`: nobody known.
public typealias IdentifyHook = @Sendable (Principal) async -> String?

/// The one place that decides who may do what; every transport asks it before the first byte.
struct Authority: Sendable {
    let rules: TopicRules
    let key: APIKey
    let hook: AuthorizeHook?
    var identifyHook: IdentifyHook?

    func principal(of request: RequestHead) -> Principal {
        let given = request.bearerToken ?? (try? request.target.value("access_token")) ?? nil
        return self.principal(token: given.flatMap { $0.isEmpty ? nil : $0 }, address: request.address)
    }

    func principal(token: String?, address: ClientAddress) -> Principal {
        let isKey = token.map(self.key.matches) ?? false
        return Principal(identity: isKey ? .key : .anonymous, token: token, address: address.description, user: nil)
    }

    /// Whether anybody can be known by a token.
    var knowsUsers: Bool { self.identifyHook != nil }

    /// Adds the user, where there is one to be known.
    func identify(_ principal: Principal, on eventLoop: any EventLoop) -> EventLoopFuture<Principal> {
        guard let hook = self.identifyHook, principal.token != nil else {
            return eventLoop.makeSucceededFuture(principal)
        }
        return eventLoop.makeFutureWithTask {
            var known = principal
            known.user = await hook(principal)
            return known
        }
    }

    /// What the rules say, before any hook.
    enum Verdict {
        case allowed
        case refused(RequestError)
        /// The hook is to be asked for these.
        case ask([Topic])
    }

    /// - Parameter topics: the hook is to be asked for each once, in order, however often it is named.
    func verdict(_ principal: Principal, _ action: Action, _ topics: some Sequence<Topic>) -> Verdict {
        if principal.identity == .key { return .allowed }
        var asked: [Topic] = []
        var known: Set<Topic> = []
        for topic in topics {
            switch self.access(action, topic) {
            case .everyone: break
            case .key: return .refused(Self.refusal(principal, action, topic))
            case .hook: if known.insert(topic).inserted { asked.append(topic) }
            }
        }
        return asked.isEmpty ? .allowed : .ask(asked)
    }

    /// Fails with ``RequestError`` where it is not allowed for all the topics.
    func authorize(
        _ principal: Principal,
        _ action: Action,
        _ topics: [Topic],
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Void> {
        switch self.verdict(principal, action, topics) {
        case .allowed: eventLoop.makeSucceededVoidFuture()
        case .refused(let error): eventLoop.makeFailedFuture(error)
        case .ask(let asked): self.ask(principal, action, asked, on: eventLoop)
        }
    }

    /// For what only the key may do, whatever the topic.
    func requireKey(_ principal: Principal) throws(RequestError) {
        if principal.identity != .key { throw Self.refusal(principal, .administer, nil) }
    }

    /// For who would publish, but does not say where yet: refused where there is no topic at all that it may publish to.
    func requireSomePublishing(_ principal: Principal) throws(RequestError) {
        if principal.identity == .key || self.rules.all.contains(where: { $0.publish != .key }) { return }
        throw Self.refusal(principal, .publish, nil)
    }

    private func access(_ action: Action, _ topic: Topic) -> TopicRule.Access {
        let rule = self.rules.rule(for: topic)
        return switch action {
        case .publish: rule.publish
        case .subscribe, .presence: rule.subscribe
        case .history: rule.history
        case .administer: .key
        }
    }

    private func ask(
        _ principal: Principal, _ action: Action, _ topics: [Topic], on eventLoop: any EventLoop
    ) -> EventLoopFuture<Void> {
        eventLoop.makeFutureWithTask {
            for topic in topics where await self.hook?(principal, action, topic) != true {
                throw RequestError(.forbidden, "forbidden", "You may not \(action.rawValue) “\(topic)”.")
            }
        }
    }

    private static func refusal(_ principal: Principal, _ action: Action, _ topic: Topic?) -> RequestError {
        let what = topic.map { "To \(action.rawValue) “\($0)”" } ?? (action == .publish ? "To publish" : "This")
        if principal.token == nil {
            return RequestError(
                .unauthorized, "key_missing", "\(what) needs the API key: send “Authorization: Bearer <key>”.",
                headers: [("WWW-Authenticate", "Bearer")])
        }
        return RequestError(.forbidden, "key_wrong", "\(what) needs the API key; the one that was sent is not it.")
    }
}
