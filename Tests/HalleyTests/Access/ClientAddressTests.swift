import NIOCore
import Testing

@testable import Halley

@Suite struct ClientAddressTests {
    static let addresses = [
        ("192.0.2.1", "192.0.2.1", false), ("0.0.0.0", "0.0.0.0", false), ("255.255.255.255", "255.255.255.255", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.255.255.254", "127.255.255.254", true),
        ("128.0.0.1", "128.0.0.1", false),
        // IPv4 clients of a dual-stack socket.
        ("::ffff:192.0.2.1", "192.0.2.1", false), ("::ffff:127.0.0.1", "127.0.0.1", true),
        // IPv6: the /64 network.
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false), ("2001:db8::1", "2001:db8:0:0::/64", false),
        ("fe80::1", "fe80:0:0:0::/64", false),
        ("::1", "::1", true), ("::2", "0:0:0:0::/64", false), ("::", "0:0:0:0::/64", false),
        // Neither mapped nor loopback, although they look like it.
        ("::fffe:127.0.0.1", "0:0:0:0::/64", false), ("::ff:127.0.0.1", "0:0:0:0::/64", false),
        ("1::ffff:127.0.0.1", "1:0:0:0::/64", false),
        ("::127.0.0.1", "0:0:0:0::/64", false), ("1::1", "1:0:0:0::/64", false),
    ]

    @Test(arguments: addresses) func isWhatLimitsSee(_ ip: String, _ description: String, _ isLoopback: Bool) throws {
        let address = ClientAddress(try SocketAddress(ipAddress: ip, port: 4711))
        #expect(address.description == description)
        #expect(address.isLoopback == isLoopback)
    }

    @Test func isTheSameForAllPortsAndForAllOfANetwork() throws {
        func address(_ ip: String, _ port: Int) throws -> ClientAddress {
            ClientAddress(try SocketAddress(ipAddress: ip, port: port))
        }
        #expect(try address("192.0.2.1", 1) == address("192.0.2.1", 2))
        #expect(try address("192.0.2.1", 1) == address("::ffff:192.0.2.1", 2))
        #expect(try address("192.0.2.1", 1) != address("192.0.2.2", 1))
        #expect(try address("2001:db8::1", 1) == address("2001:db8::ffff:ffff:ffff:ffff", 2))
        #expect(try address("2001:db8::1", 1) != address("2001:db8:0:1::1", 1))
    }

    @Test func isLocalWithoutOne() throws {
        #expect(ClientAddress(nil).isLoopback)
        let local = ClientAddress(try SocketAddress(unixDomainSocketPath: "/run/halley.sock"))
        #expect(local.isLoopback)
        #expect(local.description == "local")
    }
}
