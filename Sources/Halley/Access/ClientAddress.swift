import NIOCore

/// Where a client comes from, as limits see it: an IPv4 address, or the /64 network of an IPv6 address, which is what one
/// site commonly has.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let description: String
    let isLoopback: Bool

    /// - Parameter address: `nil` for one that has none.
    init(_ address: SocketAddress?) {
        let bytes = address?.packedBytes ?? []
        switch bytes.count {
        case 4: self.init(v4: bytes[...])
        // ::ffff:a.b.c.d is an IPv4 client of a dual-stack socket.
        case 16 where bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff:
            self.init(v4: bytes[12...])
        case 16: self.init(v6: bytes)
        default: self.init(description: "local", isLoopback: true)
        }
    }

    private init(description: String, isLoopback: Bool) {
        self.description = description
        self.isLoopback = isLoopback
    }

    private init(v4 bytes: ArraySlice<UInt8>) {
        self.init(description: bytes.map(String.init).joined(separator: "."), isLoopback: bytes.first == 127)
    }

    private init(v6 bytes: [UInt8]) {
        let isLoopback = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        self.init(description: isLoopback ? "::1" : groups.joined(separator: ":") + "::/64", isLoopback: isLoopback)
    }
}

extension SocketAddress {
    /// The address in network order, 4 or 16 bytes; none for a local socket. It lies at the same place of `sockaddr_in`
    /// and `sockaddr_in6` on every system.
    fileprivate var packedBytes: [UInt8] {
        switch self {
        case .v4(let address): withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address): withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
        case .unixDomainSocket: []
        }
    }
}
