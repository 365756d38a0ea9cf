import NIOCore
import Testing

@testable import HalleyClient

/// Servers that break the rules of HTTP or WebSocket.
@Suite(.timeLimit(.minutes(1))) struct BrokenServerTests {
    private static func firstEvent(
        _ transport: ClientTransport, limit: Int = 1 << 20, _ script: @escaping ScriptedServer.Script
    ) async throws -> ClientEvent? {
        try await ScriptedServer.run(script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { $0.maximumMessage = limit }
            var iterator = client.subscribe(["t"], transport: transport).makeAsyncIterator()
            return try await iterator.next()
        }
    }

    private static func expectLoss(_ event: ClientEvent?) {
        guard case .reconnecting? = event else {
            Issue.record("not lost: \(String(describing: event))")
            return
        }
    }

    private static func expectBroken(
        _ transport: ClientTransport, _ words: String, limit: Int = 1 << 20, _ script: @escaping ScriptedServer.Script
    ) async throws {
        do {
            let event = try await self.firstEvent(transport, limit: limit, script)
            Issue.record("taken: \(String(describing: event))")
        } catch ClientError.unexpectedAnswer(let text) {
            #expect(text.contains(words))
        }
    }

    // MARK: - Cut off

    @Test func aChunkThatIsBrokenIsALoss() async throws {
        let event = try await Self.firstEvent(.sse) { peer, _ in
            _ = try await peer.request()
            try await peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await peer.send("9\r\nid: e-1\n\n\r\nno chunk\r\n")
            try await peer.awaitEnd()
        }
        Self.expectLoss(event)
    }

    @Test func aBodyThatIsCutIsALoss() async throws {
        let event = try await Self.firstEvent(.stream) { peer, _ in
            _ = try await peer.request()
            try await peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await peer.send("40\r\n{\"hello\"")
        }
        Self.expectLoss(event)
    }

    @Test(arguments: [1, 2, 3, 10]) func aFrameThatIsCutIsALoss(_ length: Int) async throws {
        let event = try await Self.firstEvent(.ws) { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.send(Array(Peer.frame(0x81, Array(repeating: 0x20, count: 100))[..<length]))
        }
        Self.expectLoss(event)
    }

    // MARK: - Frames

    @Test(
        arguments: [
            ([0x81, 0x82, 1, 2, 3, 4, 0x7a, 0x7f], "masked"), ([0x83, 0x00], "reserved opcode"),
            ([0xc1, 0x00], "reserved bit"), ([0x80, 0x00], "out of order"), ([0x81, 0x01, 0xff], "UTF-8"),
            ([0x89, 0x7e, 0x00, 0x7e], "control frame"), ([0x88, 0x02, 0x03, 0xee], "close frame"),
        ] as [([UInt8], String)])
    func aFrameThatIsWrongIsToldToTheServer(_ frame: [UInt8], _ words: String) async throws {
        let (answers, tell) = AsyncStream.makeStream(of: [UInt8].self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.send(frame)
            let answer = try await peer.frame()
            tell.yield([answer.first, answer.isMasked ? 1 : 0] + answer.payload)
        }
        try await ScriptedServer.run(script) { url in
            var iterator = try HalleyClient(url: url).subscribe(["t"], transport: .ws).makeAsyncIterator()
            do {
                _ = try await iterator.next()
                Issue.record("taken")
            } catch ClientError.unexpectedAnswer(let text) {
                #expect(text.contains(words))
            }
            let code: [UInt8] = words == "UTF-8" ? [0x03, 0xef] : [0x03, 0xea]
            #expect(await answers.first { _ in true } == [0x88, 1] + code)
        }
    }

    @Test(arguments: [1, 2, 7, 1000]) func framesAreReadInPiecesOfAnySize(_ size: Int) async throws {
        let text = #"{"id":"e-2","topic":"t","event":"message","data":"ü","time":1}"#
        let bytes = Array(text.utf8)
        let frames =
            Peer.frame(0x01, Array(bytes[..<50])) + Peer.frame(0x89, [7]) + Peer.frame(0x80, Array(bytes[50...]))
        let event = try await Self.firstEvent(.ws) { peer, _ in
            try await peer.hello(by: .ws)
            for start in stride(from: 0, to: frames.count, by: size) {
                try await peer.send(Array(frames[start..<min(start + size, frames.count)]))
            }
            try await peer.awaitEnd()
        }
        guard case .publication(let publication)? = event else {
            Issue.record("\(String(describing: event))")
            return
        }
        #expect(String(buffer: publication.data) == "ü" && publication.envelope == text)
    }

    /// An answer to a ping that came with the handshake met what was left of HTTP, and ended the process.
    @Test func aPingMayComeWithTheHandshake() async throws {
        let (pongs, tell) = AsyncStream.makeStream(of: [UInt8].self)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.upgrade(and: Peer.frame(0x89, [7]))
            let pong = try await peer.frame()
            tell.yield([pong.first] + pong.payload)
            try await peer.awaitEnd()
        }
        try await ScriptedServer.run(script) { url in
            let following = Task {
                for try await _ in try HalleyClient(url: url).subscribe(["t"], transport: .ws) {}
            }
            defer { following.cancel() }
            #expect(await pongs.first { _ in true } == [0x8a, 7])
        }
    }

    /// What comes with the handshake is not lost.
    @Test func framesMayComeWithTheHandshake() async throws {
        let event = try await Self.firstEvent(.ws) { peer, _ in
            let object = #"{"gap":{"topics":["t"],"after":"e-1","reason":"epoch"},"id":"f-1"}"#
            try await peer.upgrade(and: Peer.frame(0x81, Array(object.utf8)))
            try await peer.awaitEnd()
        }
        guard case .gap(let gap)? = event else {
            Issue.record("\(String(describing: event))")
            return
        }
        #expect(gap.reason == "epoch")
    }

    // MARK: - Floods

    @Test(arguments: [ClientTransport.sse, .stream]) func aMessageThatNeverEndsIsRefused(
        _ transport: ClientTransport
    ) async throws {
        try await Self.expectBroken(transport, "too long", limit: 1000) { peer, _ in
            try await peer.hello(by: transport)
            for _ in 0..<100 { try await peer.send(String(repeating: "x", count: 100)) }
            try await peer.awaitEnd()
        }
    }

    @Test func aFrameThatIsTooLongIsRefused() async throws {
        try await Self.expectBroken(.ws, "1009", limit: 1000) { peer, _ in
            try await peer.hello(by: .ws)
            try await peer.send([0x82, 126, 0x03, 0xe9])
            try await peer.awaitEnd()
        }
    }

    @Test(arguments: [ClientTransport.poll, .longpoll]) func anAnswerThatIsTooLongIsRefused(
        _ transport: ClientTransport
    ) async throws {
        try await Self.expectBroken(transport, "too long", limit: 1000) { peer, _ in
            try await peer.begin(transport)
            for _ in 0..<100 { try await peer.send(String(repeating: " ", count: 100)) }
            try await peer.awaitEnd()
        }
    }

    // MARK: - Other answers

    @Test(arguments: ClientTransport.allCases) func aServerThatIsNoneOfHalleysIsTold(
        _ transport: ClientTransport
    ) async throws {
        await #expect(throws: ClientError.self) {
            try await Self.firstEvent(transport) { peer, _ in
                try await peer.answer("200 OK", "Content-Type: text/html\r\n", "<html>")
                try await peer.awaitEnd()
            }
        }
    }

    @Test func aHandshakeWithAWrongKeyIsRefused() async throws {
        try await Self.expectBroken(.ws, "handshake") { peer, _ in
            _ = try await peer.request()
            try await peer.send(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")
            try await peer.awaitEnd()
        }
    }

    @Test(arguments: [ClientTransport.sse, .ws, .stream]) func theWordsOfARefusalAreTold(
        _ transport: ClientTransport
    ) async throws {
        let body = #"{"error":{"code":"key_missing","message":"Show a key."}}"#
        do {
            let event = try await Self.firstEvent(transport) { peer, _ in
                try await peer.answer("401 Unauthorized", "", body)
            }
            Issue.record("taken: \(String(describing: event))")
        } catch ClientError.refused(let status, let code, let message, let retryAfter) {
            #expect(status == 401 && code == "key_missing" && message == "Show a key." && retryAfter == nil)
        }
    }
}
