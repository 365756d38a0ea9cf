import Testing

@testable import Halley

@Suite struct HostRulesTests {
    static let always = [
        "localhost", "localhost:8080", "LOCALHOST", "LocalHost:80", "app.localhost", "a.b.localhost:8080", "127.0.0.1",
        "127.0.0.1:8080", "127.255.0.9", "[::1]", "[::1]:8080",
    ]

    @Test(arguments: always) func takesLoopbackNames(_ host: String) {
        #expect(HostRules([]).allows(host))
    }

    static let foreign = [
        "", "example.org", "example.org:8080", "localhost.example.org", "notlocalhost", "localhost.", ".example",
        "127.0.0.1.example.org", "127.0.0.1.", "127.0.0", "127.0.0.0.1", "127.0.0.256", "127.0.0.x", "127.1",
        "128.0.0.1",
        "0.0.0.0", "10.0.0.1", "192.168.1.1:8080", "[::2]", "[2001:db8::1]", "::1", "[::1].example.org", "127.+0.0.1",
        "127.-0.0.1",
        "127.0.0.1@example.org", "example.org:localhost",
    ]

    @Test(arguments: foreign) func refusesForeignNames(_ host: String) {
        #expect(!HostRules([]).allows(host))
    }

    @Test func takesTheNamesItIsGiven() {
        let rules = HostRules(["Push.Example.org", "::2"])
        for host in ["push.example.org", "PUSH.EXAMPLE.ORG:8443", "[::2]:80", "localhost"] {
            #expect(rules.allows(host), "\(host)")
        }
        for host in ["example.org", "x.push.example.org", "push.example.org.evil.test", "push.example.orgx"] {
            #expect(!rules.allows(host), "\(host)")
        }
    }
}
