import NIOCore

/// Where a client comes from, as limits see it: an IPv4 address, or the /64 network of an IPv6 address, which is what one
/// site commonly has. It lies at the same place of `sockaddr_in` and `sockaddr_in6` on every system.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let description: String
    let isLoopback: Bool

    /// - Parameter address: `nil` for one that has none.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address): self = withUnsafeBytes(of: address.address) { Self(v4: $0[4..<8]) }
        case .v6(let address): self = withUnsafeBytes(of: address.address) { Self(v6: Array($0[8..<24])) }
        case .unixDomainSocket, nil: self.init(description: "local", isLoopback: true)
        }
    }

    private init(description: String, isLoopback: Bool) {
        self.description = description
        self.isLoopback = isLoopback
    }

    /// Short enough to need no memory of its own: every connection has one.
    private init(v4 bytes: some Collection<UInt8>) {
        let text = String(unsafeUninitializedCapacity: 15) { text in
            var end = 0
            for (index, byte) in bytes.enumerated() {
                if index > 0 {
                    text[end] = UInt8(ascii: ".")
                    end += 1
                }
                for divisor in [100, 10, 1] as [UInt8] where byte >= divisor || divisor == 1 {
                    text[end] = UInt8(ascii: "0") + byte / divisor % 10
                    end += 1
                }
            }
            return end
        }
        self.init(description: text, isLoopback: bytes.first == 127)
    }

    private init(v6 bytes: [UInt8]) {
        // ::ffff:a.b.c.d is an IPv4 client of a dual-stack socket.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            self.init(v4: bytes[12...])
            return
        }
        let isLoopback = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        self.init(description: isLoopback ? "::1" : groups.joined(separator: ":") + "::/64", isLoopback: isLoopback)
    }
}
