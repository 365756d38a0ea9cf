/// Which `Host` a server answers: one on a loopback address could else be reached by a foreign page under a name of its own
/// that resolves to 127.0.0.1 (DNS rebinding), and one whose names were given answers to no others.
struct HostRules: Sendable {
    private let names: Set<String>
    /// Whether names were given: then they count on every address.
    var areGiven: Bool { !self.names.isEmpty }

    init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// - Parameter host: the `Host` header, with or without port.
    func allows(_ host: String) -> Bool {
        guard let name = Self.name(of: host.lowercased()) else { return false }
        return name == "localhost" || name.hasSuffix(".localhost") || Self.isLoopbackLiteral(name)
            || self.names.contains(name)
    }

    /// - Returns: `nil` where something other than a port follows an address in brackets.
    private static func name(of host: String) -> String? {
        guard host.hasPrefix("[") else { return String(host.prefix { $0 != ":" }) }
        guard let end = host.firstIndex(of: "]") else { return nil }
        let rest = host[end...].dropFirst()
        return rest.isEmpty || rest.hasPrefix(":") ? String(host[..<end].dropFirst()) : nil
    }

    private static func isLoopbackLiteral(_ name: String) -> Bool {
        if name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { $0.allSatisfy(\.isNumber) && UInt8($0) != nil }
    }
}
