import Testing

@testable import HalleyClient

/// When a client comes back, and when it does not.
@Suite(.timeLimit(.minutes(1))) struct ReconnectingTests {
    /// - Returns: the pauses before each of the next connections.
    private static func pauses(
        _ transport: ClientTransport, connections: Int, _ script: @escaping ScriptedServer.Script
    ) async throws -> [Duration] {
        let pauses = Pauses()
        return try await ScriptedServer.run(script) { url in
            var losses = 0
            for try await event in try HalleyClient(url, pauses: pauses).subscribe(["t"], transport: transport) {
                if case .reconnecting = event { losses += 1 }
                if losses == connections { break }
            }
            return pauses.all
        }
    }

    /// A server that takes each connection and ends it at once, with `retry: 0`, got 430 connections a second.
    @Test func aServerThatAsksForNoTimeIsNotStormed() async throws {
        let pauses = try await Self.pauses(.sse, connections: 12) { peer, _ in
            try await peer.begin(.sse)
            try await peer.send("retry: 0\nid: e-1\n\n")
        }
        #expect(pauses.count == 11)
        #expect(pauses.allSatisfy { $0 >= Backoff.floor })
        // Full jitter: each may be short, but not all of them are, with windows that grow to half a minute.
        #expect(pauses.reduce(.zero, +) > .seconds(10))
    }

    @Test(arguments: [(1001, "retry=60000", 60), (1013, "retry=7000", 7)] as [(UInt16, String, Int)])
    func theTimeInACloseFrameIsObeyed(_ code: UInt16, _ reason: String, _ seconds: Int) async throws {
        let pauses = try await Self.pauses(.ws, connections: 2) { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.close(code, reason)
            try await peer.awaitEnd()
        }
        #expect((pauses.first ?? .zero) >= .seconds(seconds))
    }

    @Test func theTimeInTheLastLineIsObeyed() async throws {
        let pauses = try await Self.pauses(.stream, connections: 2) { peer, _ in
            try await peer.hello(by: .stream)
            try await peer.say(#"{"end":{"code":4001,"reason":"server draining","retry":60000}}"#, by: .stream)
        }
        #expect((pauses.first ?? .zero) >= .seconds(60))
    }

    @Test func theTimeOfAnEventStreamIsObeyed() async throws {
        let pauses = try await Self.pauses(.sse, connections: 2) { peer, _ in
            try await peer.begin(.sse)
            try await peer.send("retry: 60000\n\n")
        }
        #expect((pauses.first ?? .zero) >= .seconds(60))
    }

    @Test(arguments: ClientTransport.allCases) func theTimeOfARefusalIsObeyed(_ transport: ClientTransport) async throws
    {
        let pauses = try await Self.pauses(transport, connections: 3) { peer, number in
            if number > 1 {
                return try await peer.answer("429 Too Many Requests", "Retry-After: 60\r\nConnection: close\r\n", "")
            }
            switch transport {
            case .poll, .longpoll:
                try await peer.answer("200 OK", "Connection: close\r\n", #"{"cursor":"e-1","messages":[]}"#)
            case .sse, .ws, .stream: try await peer.hello(by: transport)
            }
        }
        #expect((pauses.last ?? .zero) >= .seconds(60))
    }

    @Test(arguments: [1008, 4012, 1002, 1009] as [UInt16]) func aCloseFrameMayForbidToComeBack(
        _ code: UInt16
    ) async throws {
        try await Self.expectEnd(.ws, Int(code)) { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.close(code, "no")
            try await peer.awaitEnd()
        }
    }

    /// All that it says comes at once, and then the end of the connection.
    @Test func aCloseFrameMayComeWithTheHandshake() async throws {
        try await Self.expectEnd(.ws, 4012) { peer, _ in
            try await peer.upgrade(and: Peer.frame(0x88, [0x0f, 0xac] + Array("no".utf8)))
        }
    }

    @Test(arguments: [4012, 4009]) func theLastLineMayForbidToComeBack(_ code: Int) async throws {
        try await Self.expectEnd(.stream, code) { peer, _ in
            try await peer.hello(by: .stream)
            try await peer.say(#"{"end":{"code":\#(code),"reason":"no"}}"#, by: .stream)
        }
    }

    private static func expectEnd(
        _ transport: ClientTransport, _ expected: Int, _ script: @escaping ScriptedServer.Script
    ) async throws {
        try await ScriptedServer.run(script) { url in
            let subscription = try HalleyClient(url, pauses: Pauses()).subscribe(["t"], transport: transport)
            var iterator = subscription.makeAsyncIterator()
            do {
                let event = try await iterator.next()
                Issue.record("not told: \(String(describing: event))")
            } catch ClientError.ended(let code, "no") {
                #expect(code == expected)
            }
            let rest = try await iterator.next()
            #expect(rest == nil, "it has ended")
        }
    }

    @Test(arguments: [ClientTransport.sse, .ws, .stream]) func theCursorIsBroughtBack(
        _ transport: ClientTransport
    ) async throws {
        let (targets, tell) = AsyncStream.makeStream(of: String.self)
        let script: ScriptedServer.Script = { peer, number in
            if number == 1 { return try await peer.hello(by: transport) }
            tell.yield(String(try await peer.request()[0]))
        }
        try await ScriptedServer.run(script) { url in
            let following = Task {
                for try await _ in try HalleyClient(url, pauses: Pauses()).subscribe(["t"], transport: transport) {}
            }
            defer { following.cancel() }
            let target = await targets.first { _ in true } ?? ""
            #expect(target.contains("cursor=e-1"))
        }
    }
}
