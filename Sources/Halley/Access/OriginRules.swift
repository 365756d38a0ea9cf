/// Which pages may use the server (Fetch standard, "CORS protocol"; RFC 6455 §10.2).
struct OriginRules: Sendable {
    let allowsAll: Bool
    private let names: Set<String>

    /// - Parameter origins: as `https://example.org`, or `*`.
    init(_ origins: [String]) {
        self.allowsAll = origins.contains("*")
        self.names = Set(origins.lazy.filter { $0 != "*" }.map { $0.lowercased() })
    }

    /// Whether the request comes from a page that may read the answer. Without `Origin` it comes from no foreign page.
    func allows(_ head: RequestHead) -> Bool {
        guard let origin = head.header("origin") else { return true }
        return self.allowsAll || self.isNamed(origin) || Self.isSame(origin, host: head.host)
    }

    /// Whether a page of that origin may read what is posted to it.
    func allows(origin: String, host: String?) -> Bool {
        self.allowsAll || self.isNamed(origin) || Self.isSame(origin, host: host)
    }

    /// Who may frame a document of ours (CSP Level 3 §6.4.2).
    var frameAncestors: String {
        self.allowsAll ? "*" : (["'self'"] + self.names.filter(Self.isPlain).sorted()).joined(separator: " ")
    }

    /// Nothing that could add a directive.
    private static func isPlain(_ origin: String) -> Bool {
        origin.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
    }

    /// The headers that let the page read the answer.
    func replyHeaders(_ head: RequestHead) -> [(String, String)] {
        var reply: [(String, String)] = self.names.isEmpty ? [] : [("Vary", "Origin")]
        guard let origin = head.header("origin") else {
            return self.allowsAll ? reply + [("Access-Control-Allow-Origin", "*")] : reply
        }
        if self.isNamed(origin) {
            reply += [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
        } else if self.allowsAll {
            reply.append(("Access-Control-Allow-Origin", "*"))
        } else if Self.isSame(origin, host: head.host) {
            if reply.isEmpty { reply.append(("Vary", "Origin")) }
            reply.append(("Access-Control-Allow-Origin", origin))
        }
        return reply
    }

    private func isNamed(_ origin: String) -> Bool { self.names.contains(origin.lowercased()) }

    /// By host and port: behind a proxy that ends TLS the scheme that we see is not the page's.
    private static func isSame(_ origin: String, host: String?) -> Bool {
        guard let host, let scheme = origin.firstIndex(of: ":"), origin[scheme...].hasPrefix("://") else {
            return false
        }
        let authority = origin[scheme...].dropFirst(3).lowercased()
        let isPlain = origin.lowercased().hasPrefix("http:")
        return Self.withPort(authority, isPlain) == Self.withPort(host.lowercased(), isPlain)
    }

    private static func withPort(_ authority: String, _ isPlain: Bool) -> String {
        let afterAddress = authority.lastIndex(of: "]").map { authority[$0...] } ?? authority[...]
        return afterAddress.contains(":") ? authority : authority + (isPlain ? ":80" : ":443")
    }
}
