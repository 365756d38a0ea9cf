import HalleyHub
import Logging
import NIOCore
import NIOHTTP1

/// The one place that says who asks, and who may do what; every way in asks it before any work. One object, so that what is
/// asked later holds one reference.
final class Authority: Sendable {
    let rules: TopicRules
    let key: APIKey
    private let authenticator: (any Authenticator)?
    private let authorizer: (any Authorizer)?
    private let logger: Logger

    init(
        rules: TopicRules, key: APIKey, authenticator: (any Authenticator)? = nil,
        authorizer: (any Authorizer)? = nil, logger: Logger = Logger(label: "halley")
    ) {
        self.rules = rules
        self.key = key
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.logger = logger
    }

    // MARK: - Who asks

    func principal(of request: RequestHead, on eventLoop: any EventLoop) -> Eventually<Principal> {
        self.principal(showing: request.credentials, on: eventLoop)
    }

    /// Fails with ``RequestError``.
    func principal(showing credentials: Credentials, on eventLoop: any EventLoop) -> Eventually<Principal> {
        guard let token = credentials.token else { return .now(Principal(.anonymous, credentials)) }
        if self.key.matches(token) { return .now(Principal(.key, credentials)) }
        guard let authenticator = self.authenticator else { return .now(Principal(.anonymous, credentials)) }
        return .later(
            eventLoop.makeFutureWithTask {
                let found = try await self.logging("an authenticator failed") {
                    try await authenticator.authenticate(credentials)
                }
                guard let found else { return Principal(.anonymous, credentials) }
                if Expiry.deadline(of: found.expires) <= .now() { throw RequestError.credentialExpired }
                return found
            })
    }

    /// Whether a token has changed anything: one that is not the key's counts where the program decides by tokens.
    func counts(_ principal: Principal) -> Bool {
        principal.identity != .anonymous || self.authorizer != nil
    }

    // MARK: - Who may do what

    /// What rules and grants say, before anybody is asked.
    enum Verdict {
        case allowed
        case refused(RequestError)
        /// The authorizer is to be asked about these.
        case ask([Topic])
    }

    /// - Parameter topics: the authorizer is to be asked about each once, in order, however often it is named.
    func verdict(_ principal: Principal, _ action: TopicAction, _ topics: some Sequence<Topic>) -> Verdict {
        if principal.isKey { return .allowed }
        var asked: [Topic] = []
        var known: Set<Topic> = []
        for topic in topics {
            switch self.access(action, topic) {
            case .everyone: break
            case _ where principal.isGranted(action, topic): break
            case .key: return .refused(Self.refusal(principal, action, topic))
            case .hook: if known.insert(topic).inserted { asked.append(topic) }
            }
        }
        return asked.isEmpty ? .allowed : .ask(asked)
    }

    /// Fails with ``RequestError`` where it is not allowed for all the topics.
    /// - Returns: until when it is.
    func require(
        _ principal: Principal, _ action: TopicAction, _ topics: some Sequence<Topic>, on eventLoop: any EventLoop
    ) -> Eventually<NIODeadline> {
        switch self.verdict(principal, action, topics) {
        case .allowed: return .now(Expiry.deadline(of: principal.expires))
        case .refused(let error): return .failed(error)
        case .ask(let asked):
            return self.ask(principal, action, asked, on: eventLoop).flatMap(on: eventLoop) { decision in
                if let topic = asked.first(where: decision.refused.contains) {
                    return .failed(Self.forbidden(action, topic))
                }
                return .now(Expiry.deadline(of: principal.expires, decision.until))
            }
        }
    }

    /// Those of the topics for which it is not allowed. Fails where that can't be said.
    func refused(
        _ principal: Principal, _ action: TopicAction, _ topics: [Topic], on eventLoop: any EventLoop
    ) -> Eventually<Set<Topic>> {
        if principal.isKey { return .now([]) }
        var refused: Set<Topic> = []
        var asked: [Topic] = []
        for topic in topics where !refused.contains(topic) && !asked.contains(topic) {
            switch self.access(action, topic) {
            case .everyone: break
            case _ where principal.isGranted(action, topic): break
            case .key: refused.insert(topic)
            case .hook: asked.append(topic)
            }
        }
        if asked.isEmpty { return .now(refused) }
        return self.ask(principal, action, asked, on: eventLoop).map { [refused] in refused.union($0.refused) }
    }

    /// For what only the key may do, whatever the topic.
    func requireKey(_ request: RequestHead) throws(RequestError) {
        let token = request.credentials.token
        if token.map(self.key.matches) != true { throw Self.needsKey("This", hasToken: token != nil) }
    }

    /// For who would publish, but does not say where yet: refused where there is no topic at all that it may publish to.
    func requireSomePublishing(_ principal: Principal) throws(RequestError) {
        if principal.isKey || self.rules.all.contains(where: { $0.publish != .key }) { return }
        if principal.grants.contains(where: \.allowsPublishing) { return }
        throw Self.refusal(principal, .publish, nil)
    }

    // MARK: -

    private func access(_ action: TopicAction, _ topic: Topic) -> TopicRule.Access {
        self.rules.access(action, to: topic)
    }

    private func ask(
        _ principal: Principal, _ action: TopicAction, _ topics: [Topic], on eventLoop: any EventLoop
    ) -> Eventually<AccessDecision> {
        guard let authorizer = self.authorizer else { return .now(.refuse(topics)) }
        return .later(
            eventLoop.makeFutureWithTask {
                try await self.logging("an authorizer failed") {
                    try await authorizer.decide(principal, action, topics)
                }
            })
    }

    /// What the program's own code throws is the log's affair.
    private func logging<Value: Sendable>(
        _ failure: Logger.Message, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch {
            self.logger.error(failure, metadata: ["error": "\(error)"])
            throw RequestError.accessUnknown
        }
    }

    private static func refusal(_ principal: Principal, _ action: TopicAction, _ topic: Topic?) -> RequestError {
        let what = topic.map { "To \(action.phrase) “\($0)”" } ?? "To \(action.phrase)"
        if principal.user != nil { return self.forbidden(action, topic) }
        return self.needsKey(what, hasToken: principal.token != nil)
    }

    private static func needsKey(_ what: String, hasToken: Bool) -> RequestError {
        if hasToken {
            return RequestError(
                .forbidden, "key_wrong", "\(what) needs the API key; the one that was sent is not it.")
        }
        return RequestError(
            .unauthorized, "key_missing", "\(what) needs the API key: send “Authorization: Bearer <key>”.",
            headers: [("WWW-Authenticate", "Bearer")])
    }

    private static func forbidden(_ action: TopicAction, _ topic: Topic?) -> RequestError {
        RequestError(
            .forbidden, "forbidden",
            topic.map { "You may not \(action.phrase) “\($0)”." } ?? "You may not \(action.phrase).")
    }
}

extension TopicAction {
    /// As in “you may not … the topic”.
    fileprivate var phrase: String {
        switch self {
        case .publish: "publish to"
        case .subscribe: "subscribe to"
        case .history: "read the history of"
        case .presence: "ask who is on"
        }
    }
}

extension TopicRules {
    /// Who may do it.
    func access(_ action: TopicAction, to topic: Topic) -> TopicRule.Access {
        let rule = self.rule(for: topic)
        return switch action {
        case .publish: rule.publish
        case .subscribe, .presence: rule.subscribe
        case .history: rule.history
        }
    }
}

extension RequestError {
    /// Nobody can say now whether it is allowed.
    static let accessUnknown = RequestError(
        .serviceUnavailable, "access_unknown", "Whether this is allowed can't be found out now; try again later.",
        headers: [("Retry-After", "1")])

    static let tokenUnknown = RequestError(.forbidden, "key_wrong", "The token is not the API key, nor a user's.")

    static let credentialExpired = RequestError(
        .unauthorized, "credential_expired", "The token that was sent has expired: get a new one.",
        headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")])
}
