import Testing

@testable import HalleyClient

/// A connection is closed when nobody wants it any more, and nothing comes after that.
@Suite(.timeLimit(.minutes(1))) struct ClosingTests {
    private static let publication = #"{"id":"e-2","topic":"t","event":"message","data":1,"time":1}"#
    private static let pushes = [ClientTransport.sse, .ws, .stream]

    /// It would never close a connection for the server's silence.
    private static func client(_ url: String) throws -> HalleyClient {
        try HalleyClient(url: url, heartbeat: .seconds(3600))
    }

    /// Says a publication, and tells when the client has closed the connection.
    private static func script(
        _ transport: ClientTransport, _ tell: AsyncStream<String>.Continuation
    ) -> ScriptedServer.Script {
        { peer, _ in
            try await peer.hello(by: transport)
            try await peer.say(publication: Self.publication, by: transport)
            tell.yield("said")
            try await peer.awaitEnd()
            tell.yield("closed")
        }
    }

    private static func expectClosed(_ events: AsyncStream<String>) async {
        #expect(await events.first { $0 == "closed" } == "closed")
    }

    @Test(arguments: pushes) func whenTheWalkIsLeft(_ transport: ClientTransport) async throws {
        let (events, tell) = AsyncStream.makeStream(of: String.self)
        try await ScriptedServer.run(Self.script(transport, tell)) { url in
            for try await _ in try Self.client(url).subscribe(["t"], transport: transport) { break }
            await Self.expectClosed(events)
        }
    }

    @Test(arguments: pushes) func whenTheTaskIsCancelled(_ transport: ClientTransport) async throws {
        let (events, tell) = AsyncStream.makeStream(of: String.self)
        try await ScriptedServer.run(Self.script(transport, tell)) { url in
            let (heard, hear) = AsyncStream.makeStream(of: Bool.self)
            let following = Task {
                var count = 0
                for try await _ in try Self.client(url).subscribe(["t"], transport: transport) {
                    count += 1
                    hear.yield(true)
                }
                return count
            }
            _ = await heard.first { $0 }
            following.cancel()
            await Self.expectClosed(events)
            let count = try await following.value
            #expect(count == 1, "no event after the cancellation")
        }
    }

    /// A server that keeps the connection after its last word.
    @Test(arguments: [ClientTransport.ws, .stream]) func whenTheServerWantsNoMore(
        _ transport: ClientTransport
    ) async throws {
        let (events, tell) = AsyncStream.makeStream(of: String.self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: transport)
            if transport == .ws {
                try await peer.close(4012, "not allowed")
            } else {
                try await peer.say(#"{"end":{"code":4012,"reason":"not allowed"}}"#, by: transport)
            }
            try await peer.awaitEnd()
            tell.yield("closed")
        }
        try await ScriptedServer.run(script) { url in
            var iterator = try Self.client(url).subscribe(["t"], transport: transport).makeAsyncIterator()
            await #expect(throws: ClientError.self) { try await iterator.next() }
            await Self.expectClosed(events)
        }
    }

    @Test(arguments: pushes) func whenWhatComesIsBroken(_ transport: ClientTransport) async throws {
        let (events, tell) = AsyncStream.makeStream(of: String.self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: transport)
            try await peer.send(String(repeating: "x", count: 2000))
            try await peer.awaitEnd()
            tell.yield("closed")
        }
        try await ScriptedServer.run(script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { settings in
                settings.maximumMessage = 1000
                settings.heartbeat = .seconds(3600)
            }
            var iterator = client.subscribe(["t"], transport: transport).makeAsyncIterator()
            await #expect(throws: ClientError.self) { try await iterator.next() }
            await Self.expectClosed(events)
        }
    }

    /// Whoever leaves a WebSocket says so.
    @Test func aWebSocketIsClosedInOrder() async throws {
        let (codes, tell) = AsyncStream.makeStream(of: [UInt8].self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.say(Self.publication, by: .ws)
            let frame = try await peer.frame()
            tell.yield([frame.first, frame.isMasked ? 1 : 0] + frame.payload)
        }
        try await ScriptedServer.run(script) { url in
            for try await _ in try Self.client(url).subscribe(["t"], transport: .ws) { break }
            #expect(await codes.first { _ in true } == [0x88, 1, 0x03, 0xe8])
        }
    }

    // MARK: - Cancellation

    /// - Returns: what a walk gives that is cancelled when the server says so.
    private static func afterCancellation(
        _ transport: ClientTransport,
        _ script: @escaping @Sendable (inout Peer, AsyncStream<Bool>.Continuation) async throws -> Void
    ) async throws -> [ClientEvent] {
        let (reached, tell) = AsyncStream.makeStream(of: Bool.self)
        let telling: ScriptedServer.Script = { peer, _ in try await script(&peer, tell) }
        return try await ScriptedServer.run(telling) { url in
            let following = Task {
                var events: [ClientEvent] = []
                for try await event in try Self.client(url).subscribe(["t"], transport: transport) {
                    events.append(event)
                }
                return events
            }
            _ = await reached.first { $0 }
            following.cancel()
            return try await following.value
        }
    }

    @Test(arguments: ClientTransport.allCases) func nothingComesAfterACancellationWithoutAnAnswer(
        _ transport: ClientTransport
    ) async throws {
        let events = try await Self.afterCancellation(transport) { peer, reached in
            _ = try await peer.request()
            reached.yield(true)
            try await peer.awaitEnd()
        }
        #expect(events.isEmpty)
    }

    @Test(arguments: pushes) func nothingComesAfterACancellationInSilence(_ transport: ClientTransport) async throws {
        let events = try await Self.afterCancellation(transport) { peer, reached in
            try await peer.hello(by: transport)
            reached.yield(true)
            try await peer.awaitEnd()
        }
        #expect(events.isEmpty)
    }

    @Test func nothingComesAfterACancellationInAPause() async throws {
        let (reached, tell) = AsyncStream.makeStream(of: Bool.self)
        let script: ScriptedServer.Script = { peer, _ in try await peer.hello(by: .sse) }
        try await ScriptedServer.run(script) { url in
            let following = Task {
                var client = try Self.client(url)
                client.settings.sleep = { _ in
                    tell.yield(true)
                    try await Task.sleep(for: .seconds(3600))
                }
                var count = 0
                for try await _ in client.subscribe(["t"]) { count += 1 }
                return count
            }
            _ = await reached.first { $0 }
            following.cancel()
            let count = try await following.value
            #expect(count == 1, "the loss only")
        }
    }

    /// Words that have come already are not given.
    @Test func nothingComesOfWhatHasArrived() async throws {
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.begin(.sse)
            try await peer.send("data: \(Self.publication)\n\ndata: \(Self.publication)\n\n")
            try await peer.awaitEnd()
        }
        try await ScriptedServer.run(script) { url in
            let following = Task {
                var count = 0
                for try await _ in try Self.client(url).subscribe(["t"]) {
                    count += 1
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                return count
            }
            let count = try await following.value
            #expect(count == 1)
        }
    }
}
