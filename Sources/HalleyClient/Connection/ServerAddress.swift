import NIOCore

/// Where a server is: `http` or `https`, a host, maybe a port, maybe a path under which it lies.
struct ServerAddress: Sendable, Equatable {
    let isSecure: Bool
    /// The host as it is written in an address, and the port where there is one.
    let authority: String
    /// A name or an IP address, without brackets.
    let host: String
    let port: Int
    /// Empty, or beginning with a slash and not ending with one.
    let path: String

    var url: String { (self.isSecure ? "https://" : "http://") + self.authority + self.path }

    /// RFC 6066 §3: an IP address is no name of a server. The certificate is checked against the address then.
    var serverName: String? { (try? SocketAddress(ipAddress: self.host, port: 0)) == nil ? self.host : nil }

    init(_ url: String) throws(ClientError) {
        guard let scheme = ["http://", "https://"].first(where: url.hasPrefix) else { throw .invalidURL(url) }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        let isLiteral = authority.hasPrefix("[")
        let afterHost = isLiteral ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        let host = authority.dropLast(afterHost.count)
        let isWrong = url.utf8.contains { $0 <= 0x20 || $0 == 0x7f || "?#@".utf8.contains($0) }
        guard !isWrong, let port = Self.port(afterHost, isSecure: scheme == "https://") else { throw .invalidURL(url) }
        self.isSecure = scheme == "https://"
        self.authority = String(authority)
        self.host = isLiteral ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : String(path)
        if self.host.isEmpty { throw .invalidURL(url) }
    }

    /// - Parameter text: with its colon; empty for the scheme's own.
    private static func port(_ text: Substring, isSecure: Bool) -> Int? {
        if text.isEmpty { return isSecure ? 443 : 80 }
        guard text.hasPrefix(":"), let port = Int(text.dropFirst()), 1...65535 ~= port else { return nil }
        return port
    }
}
