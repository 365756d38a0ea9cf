import Testing

@testable import Halley

/// Where an endpoint may be.
@Suite struct WebSocketEndpointPathTests {
    private static func endpoint(_ path: String) -> WebSocketEndpoint {
        WebSocketEndpoint(path: path, protocols: [], settings: WebSocketSettings(), accept: nil) { _ in }
    }

    @Test(arguments: ["/ws", "/sse", "/longpoll", "/publish", "/history", "/healthz"])
    func trapsAtAPathOfHalleysOwn(_ path: String) async throws {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [path] in
            var configuration = ServerConfiguration()
            configuration.webSocket(path) { _ in }
        }
        let said = String(decoding: try #require(exit).standardErrorContent, as: UTF8.self)
        #expect(said.contains("“\(path)” is Halley's own: choose another path"))
    }

    @Test(arguments: ["", "echo", "*"]) func trapsAtWhatIsNoPath(_ path: String) async throws {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [path] in
            _ = Self.endpoint(path)
        }
        let said = String(decoding: try #require(exit).standardErrorContent, as: UTF8.self)
        #expect(said.contains("begins with “/”: “\(path)”"))
    }

    @Test(arguments: ["/", "/echo", "/ws/", "/WS", "/wsx", "/publish/own"]) func takesOthers(_ path: String) {
        #expect(Self.endpoint(path).path == path)
    }

    /// The page of the demo and an endpoint may share `/`: who asks for a WebSocket is meant for the endpoint.
    @Test func sharesItsPathWithThePage() async throws {
        let page = try await TestConnection {
            $0.demo = true
            $0.webSocket("/") { _ in }
        }
        #expect(try await page.exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?.status == 200)
        #expect(try await page.exchange(EndpointTalk.request("/"))?.status == 101)
    }

    @Test func comesToARunningServer() async throws {
        let connection = try await TestConnection()
        #expect(try await connection.exchange(EndpointTalk.request("/echo"))?.refusal == Refusal(404, "not_found"))
        connection.server.add(Self.endpoint("/echo"))
        #expect(try await connection.exchange(EndpointTalk.request("/echo"))?.status == 101)
    }

    @Test func theLastAddedIsTheOne() async throws {
        let connection = try await TestConnection { $0.webSocket("/echo", protocols: ["old"]) { _ in } }
        connection.server.add(
            WebSocketEndpoint(path: "/echo", protocols: ["new"], settings: WebSocketSettings(), accept: nil) { _ in })
        let reply = try await connection.exchange(
            EndpointTalk.request("/echo", "Sec-WebSocket-Protocol: old, new\r\n"))
        #expect(reply?.headers["sec-websocket-protocol"] == "new")
    }
}
