import HalleyHub
import NIOCore
import Testing

@testable import Halley

/// What a program does to its clients from outside.
@Suite(.timeLimit(.minutes(2))) struct ServerClientsTests {
    private static let topics = ["a", "b"]

    /// Opens a stream, and waits until the others know of it.
    private static func stream(
        _ server: HalleyServer, _ query: String = ""
    ) async throws -> (RawClient, Member) {
        let client = try await RawClient.connect(to: server)
        await client.send(Array("GET /stream?topic=a&topic=b\(query) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        while true {
            if let there = server.hub.presence.members(on: try Topic("b")).members.last {
                return (client, there.member)
            }
            await Task.yield()
        }
    }

    private static func end(_ client: RawClient) async throws -> String {
        let said = String(decoding: try await client.rest(), as: UTF8.self)
        return said.firstRange(of: #"{"end":{"code":"#).map { String(said[$0.upperBound...].prefix(4)) } ?? "none"
    }

    /// Whether it has an id that it came with, or one for this connection only.
    @Test(arguments: ["&client=new", ""]) func disconnects(_ query: String) async throws {
        try await withFrontServer { server in
            let (client, member) = try await Self.stream(server, query)
            #expect(try await server.disconnect(ClientID(member.client.value ^ 1)) == 0)
            #expect(try await server.disconnect(member.client) == 1)
            #expect(try await Self.end(client) == "4012")
            #expect(try await server.disconnect(member.client) == 0)
        }
    }

    @Test(arguments: ["&client=new", ""]) func takesTopics(_ query: String) async throws {
        try await withFrontServer { server in
            let (client, member) = try await Self.stream(server, query)
            let (a, b) = (try Topic("a"), try Topic("b"))
            #expect(try await server.unsubscribe(member.client, from: [a]) == 1)
            #expect(try await server.hub.subscriberCounts(of: [a, b]) == [0, 1])
            #expect(server.hub.presence.members(on: a).count == 0)
            #expect(try await server.unsubscribe(member.client, from: [a, b]) == 1)
            #expect(try await Self.end(client) == "4012")
        }
    }

    @Test func saysAnewUntilWhen() async throws {
        try await withFrontServer { server in
            let (client, member) = try await Self.stream(server)
            #expect(try await server.refresh(member.client, expires: LogTime.now().wall + 3_600_000) == 1)
            #expect(try await server.hub.subscriberCounts(of: [try Topic("a")]) == [1])
            #expect(try await server.refresh(member.client, expires: LogTime.now().wall + 50) == 1)
            #expect(try await Self.end(client) == "4016")
        }
    }

    @Test func forgetsWhoHasGone() async throws {
        try await withFrontServer { server in
            for _ in 0..<3 {
                let (client, member) = try await Self.stream(server, "&client=new")
                #expect(try await server.context(onEachLoop: { $0.directory.count }) == [1])
                try await server.disconnect(member.client)
                _ = try await client.rest()
            }
            #expect(try await server.context(onEachLoop: { $0.directory.count }) == [0])
        }
    }
}
