import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct DispatcherTests {
    typealias Case = (method: HTTPMethod, path: String, refusal: Refusal?)

    private static let wrongMethod = Refusal(405, "method_not_allowed")

    static let cases: [Case] = [
        (.GET, "/sse", nil), (.HEAD, "/sse", nil), (.POST, "/sse", nil), (.POST, "/stream", nil),
        (.POST, "/poll", nil), (.POST, "/longpoll", nil), (.DELETE, "/sse", wrongMethod), (.GET, "/ws", nil),
        (.POST, "/ws", wrongMethod), (.POST, "/iframe", wrongMethod), (.POST, "/presence", wrongMethod),
        (.PUT, "/ws", wrongMethod),
        (.POST, "/publish", nil), (.GET, "/publish", wrongMethod), (.HEAD, "/publish", wrongMethod),
        (.GET, "/history", nil), (.HEAD, "/history", nil), (.DELETE, "/history", nil), (.POST, "/history", wrongMethod),
        (.GET, "/topics", nil), (.DELETE, "/topics", wrongMethod), (.GET, "/healthz", nil), (.GET, "/readyz", nil),
        (.HEAD, "/readyz", nil), (.POST, "/healthz", wrongMethod), (.RAW(value: "FOO"), "/healthz", wrongMethod),
        (.OPTIONS, "/publish", nil), (.OPTIONS, "/sse", nil),
        (.GET, "/nothing", Refusal(404, "not_found")), (.OPTIONS, "/nothing", Refusal(404, "not_found")),
        (.GET, "/sse/", Refusal(404, "not_found")), (.GET, "/SSE", Refusal(404, "not_found")),
        // The page is shown in the demo only.
        (.GET, "/", Refusal(404, "not_found")), (.GET, "/page.js", Refusal(404, "not_found")),
    ]

    @Test(arguments: cases) func looksAtPathAndMethod(_ case: Case) async throws {
        let server = try await ServerContext.make()
        let refusal = Dispatcher.refusal(of: .make(`case`.method, `case`.path), server)
        #expect(refusal.map(Refusal.init) == `case`.refusal)
    }

    /// RFC 9110 §15.5.6: a 405 names what is allowed.
    @Test func namesTheMethods() async throws {
        let server = try await ServerContext.make()
        let cases = [
            ("/publish", "POST, OPTIONS"), ("/history", "GET, HEAD, DELETE, OPTIONS"),
            ("/sse", "GET, HEAD, POST, OPTIONS"),
            ("/ws", "GET, HEAD, OPTIONS"),
        ]
        for (path, allow) in cases {
            let refusal = try #require(Dispatcher.refusal(of: .make(.PUT, path), server))
            #expect(refusal.headers.map { "\($0.0): \($0.1)" } == ["Allow: \(allow)"])
        }
    }

    @Test func showsThePageInTheDemo() async throws {
        let server = try await ServerContext.make { $0.demo = true }
        for path in ["/", "/page.css", "/page.js"] { #expect(Dispatcher.refusal(of: .make(.GET, path), server) == nil) }
    }

    /// A browser sends simple POSTs of foreign pages without asking.
    @Test(arguments: [
        (HTTPMethod.POST, "/publish", true), (.DELETE, "/history", true), (.GET, "/history", false),
        (.HEAD, "/sse", false), (.POST, "/sse", true), (.POST, "/poll", true), (.OPTIONS, "/publish", false),
    ])
    func refusesForeignPagesThatChangeSomething(_ method: HTTPMethod, _ path: String, _ isRefused: Bool) async throws {
        let server = try await ServerContext.make { $0.allowedOrigins = ["https://app.example.org"] }
        func refusal(_ origin: String) -> Refusal? {
            let headers = [("Host", "push.example.org"), ("Origin", origin)]
            return Dispatcher.refusal(of: .make(method, path, headers), server).map(Refusal.init)
        }
        #expect(refusal("https://evil.test") == (isRefused ? Refusal(403, "origin_refused") : nil))
        #expect(refusal("null") == (isRefused ? Refusal(403, "origin_refused") : nil))
        #expect(refusal("https://app.example.org") == nil)
        #expect(refusal("https://push.example.org") == nil)
    }
}
