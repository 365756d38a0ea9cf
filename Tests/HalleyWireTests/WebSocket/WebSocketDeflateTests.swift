import HalleyWire
import Testing

/// RFC 7692 §7.1.
struct WebSocketDeflateTests {
    private static let none = "permessage-deflate"
    private static let noContext = "server_no_context_takeover; client_no_context_takeover"

    @Test(arguments: [
        ("permessage-deflate", "\(none); \(noContext)", 12, 15),
        ("permessage-deflate; client_max_window_bits", "\(none); client_max_window_bits=15; \(noContext)", 12, 15),
        ("permessage-deflate; client_max_window_bits=10", "\(none); client_max_window_bits=10; \(noContext)", 12, 10),
        ("permessage-deflate; server_max_window_bits=15", "\(none); server_max_window_bits=12; \(noContext)", 12, 15),
        ("permessage-deflate; server_max_window_bits=\"9\"", "\(none); server_max_window_bits=9; \(noContext)", 9, 15),
        ("permessage-deflate; server_no_context_takeover", "\(none); \(noContext)", 12, 15),
        // The first that can be met.
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", "\(none); \(noContext)", 12, 15),
        ("x-webkit-deflate-frame, permessage-deflate", "\(none); \(noContext)", 12, 15),
    ])
    func agrees(_ offer: String, _ answer: String, _ server: Int, _ client: Int) throws {
        let agreed = try #require(WebSocketDeflate(offers: [offer], policy: .init()))
        #expect(agreed.answer == answer)
        #expect((agreed.serverWindow, agreed.clientWindow) == (server, client))
        #expect(!agreed.serverKeepsContext && !agreed.clientKeepsContext)
    }

    @Test(arguments: [
        "", "permessage-bzip2", "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09", "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=x", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    ])
    func declines(_ offer: String) { #expect(WebSocketDeflate(offers: [offer], policy: .init()) == nil) }

    @Test func keepsContextsOnlyWhereItMayAndThePeerDoes() throws {
        let policy = WebSocketDeflate.Policy(window: 15, mayKeepContext: true)
        let both = try #require(WebSocketDeflate(offers: ["permessage-deflate"], policy: policy))
        #expect(both.serverKeepsContext && both.clientKeepsContext && both.answer == "permessage-deflate")
        let half = try #require(
            WebSocketDeflate(offers: ["permessage-deflate; server_no_context_takeover"], policy: policy))
        #expect(!half.serverKeepsContext && half.clientKeepsContext)
        #expect(half.answer == "permessage-deflate; server_no_context_takeover")
    }
}
