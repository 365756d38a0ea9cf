public import HalleyHub

/// What a client shows of itself, before anybody has judged it.
public struct Credentials: Sendable, Hashable {
    /// The bearer token of `Authorization`, or the query item `access_token`, right or wrong; `nil` where there is none.
    public let token: String?
    /// Where the client comes from, as limits see it: an IPv4 address, or the /64 network of an IPv6 address.
    public let address: String

    init(token: String?, address: ClientAddress) {
        self.token = token
        self.address = address.description
        self.isLocal = address.isLoopback
    }

    /// On this machine, where a reverse proxy stands for many.
    let isLocal: Bool
}

/// Who asks, as far as the server knows.
public struct Principal: Sendable, Hashable {
    /// What is known of it.
    public enum Identity: Sendable, Hashable {
        /// It holds the API key, and may do everything.
        case key
        /// The embedding program knows it by that name (``Authenticator``).
        case user(String)
        /// Nobody that is known, with a token that says nothing, or without one.
        case anonymous
    }

    public let identity: Identity
    public let credentials: Credentials
    /// What it may do whatever the topics' rules say.
    public let grants: [Grant]
    /// When its credentials end, in milliseconds since 1970; `nil`: never. Its streams end then, and may come back.
    public let expires: Int64?
    /// Whatever the program wants to know of it later, where it is asked what it may do.
    public let info: [String: String]

    /// A user that an ``Authenticator`` has found.
    /// - Parameters:
    ///   - user: the name that presence shows and that repeats of a request are told apart by.
    ///   - credentials: those that it was found by.
    ///   - grants: what the user may do whatever the topics' rules say.
    ///   - expires: milliseconds since 1970; `nil`: never.
    public init(
        user: String, showing credentials: Credentials, grants: [Grant] = [], expires: Int64? = nil,
        info: [String: String] = [:]
    ) {
        self.init(.user(user), credentials, grants: grants, expires: expires, info: info)
    }

    init(
        _ identity: Identity, _ credentials: Credentials, grants: [Grant] = [], expires: Int64? = nil,
        info: [String: String] = [:]
    ) {
        self.identity = identity
        self.credentials = credentials
        self.grants = grants
        self.expires = expires
        self.info = info
    }

    /// Its name, where it has one.
    public var user: String? { if case .user(let name) = self.identity { name } else { nil } }
    public var token: String? { self.credentials.token }
    public var address: String { self.credentials.address }

    var isKey: Bool { if case .key = self.identity { true } else { false } }

    func isGranted(_ action: TopicAction, _ topic: Topic) -> Bool {
        self.grants.contains { $0.allows(action, topic) }
    }
}

/// What a client does to a topic.
public enum TopicAction: String, Sendable, CaseIterable {
    case publish
    case subscribe
    /// To read what is held, and to begin before now.
    case history
    /// To ask who is there.
    case presence
}

/// A right that a principal brings along, whatever the topics' rules say.
public struct Grant: Sendable, Hashable {
    private enum Names: Sendable, Hashable {
        case one(Topic)
        case beginning(String)
    }

    private let actions: Set<TopicAction>
    private let names: Names

    /// For one topic.
    public init(_ actions: Set<TopicAction>, to topic: Topic) {
        self.actions = actions
        self.names = .one(topic)
    }

    /// For every topic whose name begins so; an empty prefix is for all.
    public init(_ actions: Set<TopicAction>, toTopicsBeginningWith prefix: String) {
        self.actions = actions
        self.names = .beginning(prefix)
    }

    func allows(_ action: TopicAction, _ topic: Topic) -> Bool {
        guard self.actions.contains(action) else { return false }
        return switch self.names {
        case .one(let own): own == topic
        case .beginning(let prefix): topic.name.utf8.starts(with: prefix.utf8)
        }
    }

    var allowsPublishing: Bool { self.actions.contains(.publish) }
}
