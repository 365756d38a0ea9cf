import Testing

@testable import HalleyClient

struct ServerAddressTests {
    @Test(arguments: [
        ("http://a", false, "a", "a", 80, ""), ("https://a/", true, "a", "a", 443, ""),
        ("http://a:1/b/c/", false, "a:1", "a", 1, "/b/c"),
        ("https://127.0.0.1:65535", true, "127.0.0.1:65535", "127.0.0.1", 65535, ""),
        ("https://[::1]", true, "[::1]", "::1", 443, ""),
        ("http://[::1]:8080/x", false, "[::1]:8080", "::1", 8080, "/x"),
    ])
    func isTakenApart(
        _ url: String, _ isSecure: Bool, _ authority: String, _ host: String, _ port: Int, _ path: String
    ) throws {
        let address = try ServerAddress(url)
        #expect(address.isSecure == isSecure && address.authority == authority)
        #expect(address.host == host && address.port == port && address.path == path)
    }

    @Test(arguments: ["https://localhost", "https://example.com:1", "https://1.2.3.4.example"])
    func aNameIsTheNameOfTheServer(_ url: String) throws {
        let address = try ServerAddress(url)
        #expect(address.serverName == address.host)
    }

    @Test(arguments: ["https://127.0.0.1", "https://[::1]:1", "https://10.0.0.1:8080"])
    func anIPAddressIsNone(_ url: String) throws { #expect(try ServerAddress(url).serverName == nil) }

    @Test(arguments: [
        "", "no address", "a:1", "ws://a", "http://", "http:///x", "http://a:", "http://a:0", "http://a:65536",
        "http://a:x", "http://[::1]x", "http://u@a", "http://a?b", "http://a#b", "http://a b", "http://a\r\nX: y",
    ])
    func whatIsNoneIsRefused(_ url: String) {
        #expect(throws: ClientError.self) { try HalleyClient(url: url) }
    }
}
