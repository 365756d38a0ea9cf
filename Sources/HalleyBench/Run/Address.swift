/// An address of a server, in the clear: `http://` or `ws://`, a host, a port, a path with its query.
package struct Address: Equatable, Sendable {
    package let isWebSocket: Bool
    package let host: String
    package let port: Int
    package let path: String

    package init(_ text: String) throws(BenchError) {
        func wrong() -> BenchError {
            BenchError("“\(text)” must be like http://127.0.0.1:8080/path or ws://127.0.0.1:8080/path.")
        }
        guard let scheme = ["http://", "ws://"].first(where: text.hasPrefix) else { throw wrong() }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first, !host.isEmpty else { throw wrong() }
        guard let port = parts.count == 2 ? Int(parts[1]) : 80, 1...65535 ~= port else { throw wrong() }
        self.isWebSocket = scheme == "ws://"
        self.host = String(host)
        self.port = port
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// Another path of the same server.
    package init(_ base: Address, path: String) {
        self.isWebSocket = base.isWebSocket
        self.host = base.host
        self.port = base.port
        self.path = path
    }
}
