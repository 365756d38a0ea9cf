import HalleyHub
import NIOCore
import Testing

@testable import Halley

@Suite struct HTTP1ConnectionEndTests {
    private static let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    // MARK: - Time

    /// No time at all: what is not here at the next tick of the wheel is late.
    private static func impatient() async throws -> TestConnection {
        try await TestConnection {
            $0.limits.headTimeout = .zero
            $0.limits.bodyTimeout = .zero
            $0.limits.idleTimeout = .zero
        }
    }

    @Test(arguments: ["G", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"]) func waitsForAHeadSoLong(
        _ part: String
    ) async throws {
        let connection = try await Self.impatient()
        try await connection.send(part)
        #expect(connection.isOpen)
        await connection.advance(by: .milliseconds(50))
        #expect(try await connection.replies().map(\.refusal) == [Refusal(408, "request_timeout")])
        #expect(!connection.isOpen)
    }

    @Test func waitsForABodySoLong() async throws {
        let connection = try await Self.impatient()
        try await connection.send(
            "POST /publish?topic=a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-key\r\nContent-Length: 3\r\n\r\nab")
        await connection.advance(by: .milliseconds(50))
        #expect(try await connection.replies().map(\.refusal) == [Refusal(408, "request_timeout")])
        #expect(!connection.isOpen)
    }

    /// Nobody is told of what nobody asked.
    @Test(arguments: ["", "\r\n", health]) func endsInSilenceWhereNothingIsUnderWay(_ request: String) async throws {
        let connection = try await Self.impatient()
        try await connection.send(request)
        _ = try await connection.received()
        await connection.advance(by: .milliseconds(50))
        #expect(try await connection.received() == [])
        #expect(!connection.isOpen)
    }

    // MARK: - Draining

    @Test func endsAtOnceInADrainWhereNothingIsUnderWay() async throws {
        for requests in ["", Self.health] {
            let connection = try await TestConnection()
            try await connection.send(requests)
            try await connection.drain()
            #expect(!connection.isOpen)
        }
    }

    @Test func answersWhatIsUnderWayInADrain() async throws {
        let connection = try await TestConnection()
        try await connection.send(String(Self.health.dropLast(4)))
        connection.server.beginDraining()
        try await connection.drain()
        #expect(connection.isOpen)
        try await connection.send("\r\n\r\n")
        let reply = try await connection.replies().first
        #expect(reply?.body == "ok")
        #expect(reply?.isLast == true)
        #expect(!connection.isOpen)
    }

    @Test func isNotReadyInADrain() async throws {
        let connection = try await TestConnection()
        let request = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
        let ready = try await connection.exchange(request)
        #expect(ready?.status == 200)
        #expect(ready?.body == "ready")
        connection.server.beginDraining()
        let draining = try await connection.exchange(request)
        #expect(draining?.status == 503)
        #expect(draining?.body == "draining")
    }

    // MARK: - The peer

    @Test func endsWithAPeerThatHasNothingMoreToSay() async throws {
        let connection = try await TestConnection()
        try await connection.closeInput()
        #expect(!connection.isOpen)
    }

    @Test func answersAPeerThatHasClosedItsHalf() async throws {
        let (verdicts, verdict) = AsyncStream.makeStream(of: Bool.self)
        let connection = try await TestConnection { configuration in
            var rule = TopicRule(prefix: "ask:")
            rule.publish = .hook
            configuration.rules = [rule]
            configuration.authorize { _, _, topics in
                await verdicts.first { _ in true } ?? false ? .allow() : .refuse(topics)
            }
        }
        try await connection.send("POST /publish?topic=ask:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        try await connection.closeInput()
        #expect(connection.isOpen)
        verdict.yield(false)
        let reply = try await connection.awaitReplies().first
        #expect(reply?.refusal == Refusal(403, "forbidden"))
        #expect(reply?.isLast == true)
    }

    // MARK: - Overload

    @Test func turnsAwayWhatIsOverTheLimit() async throws {
        let connection = try await TestConnection(isOverloaded: true)
        let reply = try await connection.exchange(Self.health)
        #expect(reply?.refusal == Refusal(503, "overloaded"))
        #expect(reply?.isLast == true)
        #expect(!connection.isOpen)
    }

    /// An `EventSource` comes back from a 200 only.
    @Test func endsAnOverloadedEventStreamWithATimeToComeBack() async throws {
        let connection = try await TestConnection(isOverloaded: true)
        let reply = try #require(try await connection.exchange("GET /sse?topic=a HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "text/event-stream")
        let lines = reply.body.split(separator: "\r\n")
        let retry = try #require(lines.dropFirst().first?.split(separator: "\n").first)
        #expect(retry.hasPrefix("retry: "))
        #expect((3000...9000).contains(Int(retry.dropFirst(7)) ?? 0))
        #expect(reply.body.hasSuffix("\r\n0\r\n\r\n"))
        #expect(!connection.isOpen)
    }
}
