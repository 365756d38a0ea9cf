public import HalleyHub
public import NIOCore

/// All settings of a server, with their defaults.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0: a free one.
    public var port = 8080
    /// Event loops; 0: one for each core.
    public var threads = 0
    /// Publishes `demo:clock` and `demo:host`, lets everyone publish to `demo:`, allows every origin, shows the page.
    public var demo = false
    public var rules: [TopicRule] = []
    /// Bytes that all topics hold together.
    public var historyMemory = 256 << 20
    public var apiKey = APIKey.generate()
    /// Origins of pages that may use the server, `*` for all.
    public var allowedOrigins: [String] = []
    /// Names that the server answers besides `localhost` and loopback addresses; where none is given, a server on another
    /// address answers to all.
    public var allowedHosts: [String] = []
    public var limits = Limits()
    /// How long a stop may take.
    public var drain = TimeAmount.seconds(10)
    public var heartbeat = TimeAmount.seconds(15)
    /// What `EventSource` clients wait before they come back, in milliseconds.
    public var retry = 3000
    public var pingInterval = TimeAmount.seconds(25)
    public var pongTimeout = TimeAmount.seconds(20)
    /// Says who is behind a token; `nil`: there is the API key, and nobody else is known.
    public var authenticator: (any Authenticator)?
    /// Decides for topics whose rule says `hook`; `nil`: nobody but the key's holder, and who has a ``Grant``, may use them.
    public var authorizer: (any Authorizer)?
    /// Those that ``webSocket(_:protocols:settings:accept:serve:)`` has added.
    var webSocketEndpoints: [WebSocketEndpoint] = []

    public init() {}

    /// Says by a closure who is behind a token (``Authenticator``).
    public mutating func identify(_ body: @escaping @Sendable (Credentials) async throws -> Principal?) {
        self.authenticator = AuthenticatingClosure(body: body)
    }

    /// Decides by a closure about topics whose rule says `hook` (``Authorizer``).
    public mutating func authorize(
        _ body: @escaping @Sendable (Principal, TopicAction, [Topic]) async throws -> AccessDecision
    ) {
        self.authorizer = AuthorizingClosure(body: body)
    }

    /// The rules as given, and those of the demo.
    package var topicRules: TopicRules {
        var rules = self.rules
        if self.demo, !rules.contains(where: { $0.prefix == "demo:" }) {
            var rule = TopicRule(prefix: "demo:")
            rule.publish = .everyone
            rules.append(rule)
        }
        return TopicRules(rules, budget: self.historyMemory)
    }
}

/// What one peer, and all together, may use.
public struct Limits: Sendable {
    /// Bytes of a request's line and headers.
    public var head = 16 << 10
    public var uri = 8 << 10
    public var body = 1 << 20
    public var headTimeout = TimeAmount.seconds(10)
    public var bodyTimeout = TimeAmount.seconds(30)
    /// How long it may take to decide whether a connection goes on as a push or a WebSocket: what hooks need.
    public var takeoverTimeout = TimeAmount.seconds(30)
    /// How long a connection may wait for its next request.
    public var idleTimeout = TimeAmount.seconds(75)
    /// 0: what the process may open, less a reserve.
    public var connections = 0
    public var connectionsPerAddress = 1000
    /// On how many topics clients that poll are known to be, each counted for itself.
    public var leases = 100_000
    /// The same of one address: polls beyond it are refused.
    public var leasesPerAddress = 5_000
    /// Per second and address; 0: no limit.
    public var publicationRate = 1000
    /// Per second and address; 0: no limit.
    public var commandRate = 100
    /// Whether the limits per address go for clients on this machine too, among them a reverse proxy's.
    public var countLoopback = false
    /// Bytes that wait for a connection before it counts as slow.
    public var send = 1 << 20
    /// How long a connection may take nothing while something waits for it.
    public var stall = TimeAmount.seconds(60)
    /// Bytes of a message that a WebSocket client sends.
    public var message = 64 << 10

    public init() {}
}
