import NIOCore
import Testing

@testable import HalleyClient

/// Servers that say nothing any more, while the connection stays. The clock is the test's: no time passes before it says so.
@Suite(.timeLimit(.minutes(1))) struct SilentServerTests {
    private static let publication = #"{"id":"e-2","topic":"t","event":"message","data":1,"time":1}"#
    private static let pushes = [ClientTransport.sse, .ws, .stream]

    /// Lets time pass when the server is where it becomes silent.
    /// - Parameter script: yields there.
    /// - Returns: the first event, or why there is none.
    private static func firstEvent(
        _ transport: ClientTransport,
        _ script: @escaping @Sendable (inout Peer, Int, AsyncStream<Void>.Continuation) async throws -> Void
    ) async throws -> ClientEvent? {
        let (clock, pauses) = (HandClock(), Pauses())
        let (silences, tell) = AsyncStream.makeStream(of: Void.self)
        let telling: ScriptedServer.Script = { peer, number in try await script(&peer, number, tell) }
        return try await ScriptedServer.run(telling) { url in
            let client = try HalleyClient(url, pauses: pauses) { clock.set(in: &$0) }
            let following = Task {
                var iterator = client.subscribe(["t"], transport: transport).makeAsyncIterator()
                return try await iterator.next()
            }
            for await _ in silences { break }
            clock.advanceWhileWaiting(by: .seconds(1))
            return try await following.value
        }
    }

    private static func expectSilence(_ event: ClientEvent?) {
        guard case .reconnecting(let reason)? = event, reason.contains("said nothing") else {
            Issue.record("not noticed: \(String(describing: event))")
            return
        }
    }

    @Test(arguments: pushes) func isNoticedAfterItsHello(_ transport: ClientTransport) async throws {
        let clock = HandClock()
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: transport)
            try await peer.say(publication: Self.publication, by: transport)
            try await peer.awaitEnd()
        }
        try await ScriptedServer.run(script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { clock.set(in: &$0) }
            var iterator = client.subscribe(["t"], transport: transport).makeAsyncIterator()
            guard case .publication? = try await iterator.next() else { throw Unexpected() }
            clock.advanceWhileWaiting(by: .seconds(45))
            Self.expectSilence(try await iterator.next())
        }
    }

    @Test(arguments: ClientTransport.allCases) func isNoticedBeforeItsAnswer(_ transport: ClientTransport) async throws
    {
        do {
            let event = try await Self.firstEvent(transport) { peer, _, silence in
                _ = try await peer.request()
                silence.yield()
                try await peer.awaitEnd()
            }
            Issue.record("taken: \(String(describing: event))")
        } catch ClientError.unreachable(_, let reason) {
            #expect(reason.contains("said nothing"))
        }
    }

    /// The head alone is no answer.
    @Test(arguments: [ClientTransport.longpoll, .poll])
    func isNoticedInTheMiddleOfAnAnswer(_ transport: ClientTransport) async throws {
        let event = try await Self.firstEvent(transport) { peer, number, silence in
            if number == 1 {
                try await peer.answer("200 OK", "Connection: close\r\n", #"{"cursor":"e-1","messages":[]}"#)
            } else {
                try await peer.begin(transport)
                try await peer.send(#"{"cursor":"#)
                silence.yield()
                try await peer.awaitEnd()
            }
        }
        Self.expectSilence(event)
    }

    @Test func isNoticedInPublishing() async throws {
        let clock = HandClock()
        let (silences, tell) = AsyncStream.makeStream(of: Void.self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.begin(.poll)
            tell.yield()
            try await peer.awaitEnd()
        }
        try await ScriptedServer.run(script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { clock.set(in: &$0) }
            let publishing = Task { try await client.publish(ByteBuffer(string: "x"), to: "t") }
            for await _ in silences { break }
            clock.advanceWhileWaiting(by: .seconds(1))
            await #expect(throws: ClientError.self) { try await publishing.value }
        }
    }

    /// One that pings lives: each time well within the silence that is borne, all in all far beyond it.
    @Test func isNotWhoeverPings() async throws {
        let clock = HandClock()
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: .ws)
            for count in 0..<20 as Range<UInt8> {
                try await peer.send(Peer.frame(0x89, [count]))
                let pong = try await peer.frame()
                guard pong == (0x8a, true, [count]) else { return try await peer.close(1002, "\(pong)") }
                clock.advance(by: .seconds(25))
            }
            try await peer.say(publication: Self.publication, by: .ws)
            try await peer.awaitEnd()
        }
        try await ScriptedServer.run(script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { clock.set(in: &$0) }
            var iterator = client.subscribe(["t"], transport: .ws).makeAsyncIterator()
            guard case .publication? = try await iterator.next() else { throw Unexpected() }
        }
    }

    private struct Unexpected: Error {}
}
