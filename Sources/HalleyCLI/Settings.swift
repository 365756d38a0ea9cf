import Halley
import HalleyHub
import Logging
import NIOCore

/// What the command line needs to start a server.
struct Settings {
    var server = ServerConfiguration()
    var logLevel = Logger.Level.info
    var hasOwnKey = false

    var summary: String {
        "it would listen on \(self.server.host) port \(self.server.port)"
            + (self.server.demo ? " with the demo" : "") + "."
    }

    /// Every rule in full, defaults included: first the default, then the longest prefix first, as they decide.
    var rules: [String] { self.server.topicRules.all.map(TopicRuleText.text) }
}

/// Which setting is wrong, and why.
struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ name: String, _ message: String) { self.description = "\(name): \(message)" }
}

/// All settings by name, and what each changes.
enum SettingsTable {
    typealias Apply = @Sendable (inout Settings, [String]) throws -> Void

    static let all: [String: Apply] = [
        "host": Self.text { $0.server.host = $1 },
        "port": Self.number(0...65535) { $0.server.port = $1 },
        "demo": Self.flag { $0.server.demo = $1 },
        "api-key": { settings, values in
            guard let key = APIKey(values[0]) else { throw Invalid("must be 1–255 visible ASCII characters.") }
            settings.server.apiKey = key
            settings.hasOwnKey = true
        },
        "rule": { $0.server.rules = try TopicRuleText.parse($1) },
        "history-memory": Self.size(0...Quantity.tebibyte) { $0.server.historyMemory = $1 },
        "allow-origin": { $0.server.allowedOrigins = try $1.map(WebNames.origin) },
        "allow-host": { $0.server.allowedHosts = try $1.map(WebNames.host) },
        "drain": Self.time(0...Quantity.day) { $0.server.drain = .milliseconds($1) },
        "heartbeat": Self.time { $0.server.heartbeat = .milliseconds($1) },
        "retry": Self.number(0...3_600_000) { $0.server.retry = $1 },
        "ping-interval": Self.time { $0.server.pingInterval = .milliseconds($1) },
        "pong-timeout": Self.time { $0.server.pongTimeout = .milliseconds($1) },
        "threads": Self.number(0...1024) { $0.server.threads = $1 },
        "log-level": { settings, values in
            guard let level = Logger.Level(rawValue: values[0]) else {
                throw Invalid("must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            settings.logLevel = level
        },
        "max-connections": Self.number(0...10_000_000) { $0.server.limits.connections = $1 },
        "max-connections-per-address": Self.number(1...10_000_000) { $0.server.limits.connectionsPerAddress = $1 },
        "max-leases": Self.number(0...10_000_000) { $0.server.limits.leases = $1 },
        "max-leases-per-address": Self.number(0...10_000_000) { $0.server.limits.leasesPerAddress = $1 },
        "publish-rate": Self.number(0...100_000_000) { $0.server.limits.publicationRate = $1 },
        "command-rate": Self.number(0...100_000_000) { $0.server.limits.commandRate = $1 },
        "limit-loopback": Self.flag { $0.server.limits.countLoopback = $1 },
        "max-body": Self.size(1...1 << 30) { $0.server.limits.body = $1 },
        "max-head": Self.size(256...16 << 20) { $0.server.limits.head = $1 },
        "max-uri": Self.size(16...16 << 20) { $0.server.limits.uri = $1 },
        "max-message": Self.size(1...1 << 30) { $0.server.limits.message = $1 },
        "head-timeout": Self.time { $0.server.limits.headTimeout = .milliseconds($1) },
        "body-timeout": Self.time { $0.server.limits.bodyTimeout = .milliseconds($1) },
        "takeover-timeout": Self.time { $0.server.limits.takeoverTimeout = .milliseconds($1) },
        "idle-timeout": Self.time { $0.server.limits.idleTimeout = .milliseconds($1) },
        "send-limit": Self.size(1 << 10...1 << 30) { $0.server.limits.send = $1 },
        "stall-timeout": Self.time { $0.server.limits.stall = .milliseconds($1) },
    ]

    /// What may be given more than once.
    static let lists: Set<String> = ["rule", "allow-origin", "allow-host"]

    private static func text(_ set: @escaping @Sendable (inout Settings, String) -> Void) -> Apply {
        { set(&$0, $1[0]) }
    }

    private static func flag(_ set: @escaping @Sendable (inout Settings, Bool) -> Void) -> Apply {
        { settings, values in
            switch values[0].lowercased() {
            case "true", "yes", "on", "1": set(&settings, true)
            case "false", "no", "off", "0": set(&settings, false)
            default: throw Invalid("must be true or false, not “\(values[0])”.")
            }
        }
    }

    private static func number(
        _ range: ClosedRange<Int>, _ set: @escaping @Sendable (inout Settings, Int) -> Void
    ) -> Apply {
        { settings, values in
            set(&settings, try Quantity.number(values[0], in: range))
        }
    }

    /// - Parameter range: what the server can do with; a body, for one, is kept in one buffer.
    private static func size(
        _ range: ClosedRange<Int>, _ set: @escaping @Sendable (inout Settings, Int) -> Void
    ) -> Apply {
        { set(&$0, try Quantity.bytes($1[0], in: range)) }
    }

    /// - Parameter range: in milliseconds; from a tick of the timers on by default.
    private static func time(
        _ range: ClosedRange<Int64> = 50...Quantity.day, _ set: @escaping @Sendable (inout Settings, Int64) -> Void
    ) -> Apply {
        { set(&$0, try Quantity.milliseconds($1[0], in: range)) }
    }
}

/// A value that can't be.
struct Invalid: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
