import HalleyHub
import Testing

@testable import Halley

@Suite struct HTTP1ConnectionTests {
    private static let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let publish =
        "POST /publish?topic=news HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer the-key\r\n"

    @Test func answersOneRequestAfterTheOther() async throws {
        let connection = try await TestConnection()
        for _ in 1...3 {
            let reply = try #require(try await connection.exchange(Self.health))
            #expect(reply.status == 200)
            #expect(reply.body == "ok")
            #expect(reply.headers["connection"] == nil)
            #expect(connection.isOpen)
        }
    }

    typealias Persistence = (request: String, connection: String?, isOpen: Bool)

    /// RFC 9112 §9.3: an HTTP/1.0 client is told that the connection stays.
    static let persistences: [Persistence] = [
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", false),
        ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", nil, true),
        ("PUT /healthz HTTP/1.1\r\nHost: a\r\n\r\n", nil, true),
        ("GET /healthz HTTP/1.0\r\n\r\n", "close", false),
        ("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", true),
        ("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", "Upgrade", true),
    ]

    @Test(arguments: persistences) func keepsTheConnection(_ case: Persistence) async throws {
        let connection = try await TestConnection()
        let reply = try #require(try await connection.exchange(`case`.request))
        #expect(reply.headers["connection"] == `case`.connection)
        #expect(connection.isOpen == `case`.isOpen)
        if connection.isOpen { #expect(try await connection.exchange(Self.health)?.body == "ok") }
    }

    @Test func readsByteByByte() async throws {
        let connection = try await TestConnection()
        let request = Self.publish + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        for byte in request.utf8 {
            #expect(try await connection.received() == [])
            try await connection.send([byte])
        }
        #expect(try await connection.replies().map(\.body) == ["{\"id\":\"4f9c1b7a2e8d3056-1\"}\n"])
        let page = try await connection.server.hub.history(HistoryQuery([.init(try Topic("news"), .earliest)]))
        #expect(page.publications.map(\.content) == [.text("abcde")])
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let connection = try await TestConnection()
        try await connection.send(
            Self.health + Self.publish + "Content-Length: 1\r\n\r\na" + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
                + Self.publish
                + "Content-Length: 1\r\n\r\nb" + Self.health)
        let replies = try await connection.replies()
        #expect(replies.map(\.status) == [200, 200, 404, 200, 200])
        #expect(replies[1].body == "{\"id\":\"4f9c1b7a2e8d3056-1\"}\n")
        #expect(replies[3].body == "{\"id\":\"4f9c1b7a2e8d3056-2\"}\n")
    }

    /// The first answer takes its time; the second request is answered no sooner.
    @Test func waitsWithThePipelineForASlowAnswer() async throws {
        let (verdicts, verdict) = AsyncStream.makeStream(of: Bool.self)
        let connection = try await TestConnection { configuration in
            var rule = TopicRule(prefix: "ask:")
            rule.publish = .hook
            configuration.rules = [rule]
            configuration.authorize { _, _, topics in
                await verdicts.first { _ in true } ?? false ? .allow() : .refuse(topics)
            }
        }
        try await connection.send(
            "POST /publish?topic=ask:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx" + Self.health)
        try await connection.send(Self.health)
        #expect(try await connection.received() == [])
        verdict.yield(true)
        #expect(try await connection.awaitReplies().map(\.body) == ["{\"id\":\"4f9c1b7a2e8d3056-1\"}\n", "ok", "ok"])
    }

    @Test func leavesTheBodyOutForHEAD() async throws {
        let connection = try await TestConnection()
        try await connection.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        let text = try await connection.receivedText()
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.contains("\r\nContent-Length: 2\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
        // The headers of a stream, and the connection goes on.
        try await connection.send("HEAD /sse?topic=a HTTP/1.1\r\nHost: a\r\n\r\n")
        let stream = try await connection.receivedText()
        #expect(stream.contains("\r\nContent-Type: text/event-stream\r\n"))
        #expect(!stream.contains("Content-Length"))
        #expect(stream.hasSuffix("\r\n\r\n"))
        #expect(try await connection.exchange(Self.health)?.body == "ok")
    }

    /// RFC 9110 §7.8: an upgrade that is offered may be ignored; what follows it is HTTP as before.
    @Test func ignoresAnUpgradeThatItDoesNotOffer() async throws {
        let connection = try await TestConnection()
        let offer = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        #expect(try await connection.exchange(offer)?.body == "ok")
        #expect(try await connection.exchange(Self.health)?.body == "ok")
        try await connection.send(offer + Self.health + offer + Self.health)
        #expect(try await connection.replies().map(\.body) == ["ok", "ok", "ok", "ok"])
    }

    /// A name that came in on another address says nothing of whom a loopback address may answer.
    @Test func guardsALoopbackAddressWhateverOtherConnectionsName() async throws {
        let request = "GET /healthz HTTP/1.1\r\nHost: evil.test\r\n\r\n"
        let other = try await TestConnection()
        #expect(try await other.exchange(request)?.status == 200)
        let connection = try await TestConnection(beside: other, isOnLoopback: true)
        #expect(try await connection.exchange(request)?.refusal == Refusal(421, "host_refused"))
        let named = try await TestConnection(beside: other, isOnLoopback: true)
        #expect(try await named.exchange(Self.health)?.body == "ok")
    }

    @Test func tellsForeignPagesWhatTheyMayRead() async throws {
        let connection = try await TestConnection { $0.allowedOrigins = ["https://app.test"] }
        let reply = try await connection.exchange(
            "GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: https://app.test\r\n\r\n")
        #expect(reply?.headers["access-control-allow-origin"] == "https://app.test")
        #expect(reply?.headers["access-control-allow-credentials"] == "true")
        #expect(reply?.headers["vary"] == "Origin")
        #expect(reply?.headers["referrer-policy"] == "no-referrer")
        let foreign = try await connection.exchange(
            "GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.test\r\n\r\n")
        #expect(foreign?.headers["access-control-allow-origin"] == nil)
    }
}
