import HalleyWire
import NIOCore
import NIOEmbedded
import Testing

@testable import Halley

@Suite(.timeLimit(.minutes(1))) struct WebSocketEndpointTests {
    private typealias Talk = EndpointTalk

    private struct Oops: Error {}

    // MARK: - The handshake

    @Test(
        arguments: [
            ("", nil), ("Sec-WebSocket-Protocol: a\r\n", nil), ("Sec-WebSocket-Protocol: a, two\r\n", "two"),
            ("Sec-WebSocket-Protocol: two, one\r\n", "two"),
            ("Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: one,two\r\n", "one"),
            ("Sec-WebSocket-Protocol: ONE\r\n", nil),
        ] as [(String, String?)])
    func takesTheFirstProtocolItSpeaks(_ headers: String, _ expected: String?) async throws {
        let connection = try await TestConnection {
            $0.webSocket("/echo", protocols: ["one", "two"]) { socket in
                try await socket.send(socket.subprotocol ?? "-")
            }
        }
        let reply = try await connection.exchange(Talk.request("/echo", headers))
        #expect(reply?.status == 101)
        #expect(reply?.headers["sec-websocket-protocol"] == expected)
    }

    static let refused: [(String, Refusal)] = [
        (EndpointTalk.request("/other"), Refusal(404, "not_found")),
        ("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", Refusal(426, "upgrade_required")),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", Refusal(405, "method_not_allowed")),
        (EndpointTalk.request().replacing("Version: 13", with: "Version: 8"), Refusal(426, "upgrade_required")),
        (EndpointTalk.request().replacing("dGhl", with: "d"), Refusal(400, "bad_request")),
        (EndpointTalk.request("/echo", "Origin: http://evil.test\r\n"), Refusal(403, "origin_refused")),
        (EndpointTalk.request("/echo?refuse=1"), Refusal(418, "refused")),
        (EndpointTalk.request("/echo?fail=1"), Refusal(500, "internal")),
    ]

    @Test(arguments: refused) func refuses(_ request: String, _ refusal: Refusal) async throws {
        let connection = try await TestConnection {
            $0.webSocket(
                "/echo",
                accept: { request in
                    if request.query("fail") != nil { throw Oops() }
                    return request.query("refuse") == nil ? .accept : .refuse(status: 418, message: "no coffee")
                },
                serve: { _ in })
        }
        try await connection.send(request)
        let reply = try await connection.awaitReplies().first
        #expect(reply?.refusal == refusal)
        if refusal.status == 426 { #expect(reply?.headers["sec-websocket-version"] == "13") }
    }

    @Test func knowsTheRequest() async throws {
        let connection = try await TestConnection {
            $0.webSocket("/echo") { socket in
                let request = socket.request
                try await socket.send(
                    [
                        request.path, request.uri, request.query("a") ?? "", request.header("x-own") ?? "",
                        socket.origin ?? "",
                        socket.remoteAddress?.ipAddress ?? "",
                    ].joined(separator: " "))
            }
        }
        try await connection.send(
            Talk.request("/echo?a=%C3%A9", "X-Own: yes\r\nOrigin: http://localhost\r\n"))
        let expected = "/echo /echo?a=%C3%A9 é yes http://localhost 192.0.2.1"
        // The time limit of the suite ends it where that never comes.
        var answer: [UInt8] = []
        while !String(decoding: answer, as: UTF8.self).contains(expected) {
            answer += try await Talk.await(1, from: connection)
        }
    }

    // MARK: - Messages

    @Test func echoesInOrder() async throws {
        let connection = try await Talk.echo()
        try await connection.send(Talk.text("one") + Talk.frame(0x82, [0xff]) + Talk.text(""))
        #expect(
            try await Talk.await(10, from: connection) == [0x81, 3] + Array("one".utf8) + [0x82, 1, 0xff, 0x81, 0])
    }

    @Test(arguments: [(200, true), (201, false)]) func refusesWhatIsTooBig(_ size: Int, _ isTaken: Bool) async throws {
        let connection = try await Talk.echo { $0.maximumMessage = 200 }
        try await connection.send(
            [0x82, 0xfe, 0, UInt8(size), 0, 0, 0, 0] + [UInt8](repeating: 1, count: size))
        let answer = try await Talk.await(4, from: connection)
        #expect(answer.first == (isTaken ? 0x82 : 0x88))
        if !isTaken { #expect(answer[2...3] == [0x03, 0xf1]) }
    }

    @Test func refusesTooManyFragments() async throws {
        let connection = try await Talk.echo { $0.maximumFragments = 2 }
        try await connection.send(Talk.frame(0x02, [1]) + Talk.frame(0x80, [2]))
        #expect(try await Talk.await(4, from: connection) == [0x82, 2, 1, 2])
        try await connection.send(Talk.frame(0x02, [1]) + Talk.frame(0x00, [2]) + Talk.frame(0x80, [2]))
        #expect(try await Talk.await(4, from: connection).prefix(4).dropFirst(2) == [0x03, 0xf1])
    }

    /// A message before what breaks the protocol is still answered, then the connection fails.
    @Test func answersWhatCameBeforeAFailure() async throws {
        let connection = try await Talk.echo()
        try await connection.send(Talk.text("a") + [0x83, 0x80, 0, 0, 0, 0] + Talk.text("b"))
        let answer = try await Talk.await(7, from: connection)
        #expect(answer.prefix(4) == [0x81, 1, 0x61, 0x88])
        #expect(answer[5...6] == [0x03, 0xea])
    }

    // MARK: - Closing

    @Test func answersAClose() async throws {
        let connection = try await Talk.echo()
        try await connection.send(Talk.text("a") + Talk.frame(0x88, [0x10, 0xe1, 0x62]) + Talk.text("b"))
        #expect(try await Talk.await(8, from: connection) == [0x81, 1, 0x61, 0x88, 3, 0x10, 0xe1, 0x62])
    }

    @Test(arguments: [(false, 1000), (true, 1011)]) func closesWhenTheEndpointIsDone(
        _ fails: Bool, _ code: Int
    ) async throws {
        let connection = try await Talk.open { socket in
            try await socket.send("x")
            if fails { throw Oops() }
        }
        let answer = try await Talk.await(7, from: connection)
        #expect(answer.prefix(4) == [0x81, 1, 0x78, 0x88])
        #expect(answer[5...6] == [UInt8(code >> 8), UInt8(code & 255)])
        #expect(connection.isOpen)
        try await connection.send(Talk.frame(0x88, [0x03, 0xe8]))
        #expect(!connection.isOpen)
    }

    @Test func closesWithItsOwnCode() async throws {
        let connection = try await Talk.open { socket in
            socket.close(4321, "enough")
            socket.close(1000)
            for try await _ in socket.messages {}
            #expect(socket.closed == WebSocketClosed(4321, "enough", isByPeer: false))
            await #expect(throws: WebSocketClosed.self) { try await socket.send("late") }
        }
        #expect(try await Talk.await(10, from: connection) == [0x88, 8, 0x10, 0xe1] + Array("enough".utf8))
    }

    @Test func aLostConnectionThrows() async throws {
        let (ends, end) = AsyncStream.makeStream(of: (any Error)?.self)
        let connection = try await Talk.open { socket in
            do {
                for try await _ in socket.messages {}
                end.yield(nil)
            } catch {
                end.yield(error)
            }
        }
        try await connection.channel.close()
        var iterator = ends.makeAsyncIterator()
        #expect(await iterator.next() as? WebSocketClosed == .lost)
    }

    @Test func drainsWith1001() async throws {
        let connection = try await Talk.echo()
        try await connection.drain()
        let answer = try await Talk.await(4, from: connection)
        #expect(answer.first == 0x88)
        #expect(answer[2...3] == [0x03, 0xe9])
        try await connection.send(Talk.frame(0x88, [0x03, 0xe9]))
        #expect(!connection.isOpen)
    }

    @Test func doesNotAwaitThePeerForEver() async throws {
        let connection = try await Talk.open { _ in }
        _ = try await Talk.await(4, from: connection)
        await connection.advance(by: .milliseconds(4900))
        #expect(connection.isOpen)
        await connection.advance(by: .milliseconds(200))
        #expect(!connection.isOpen)
    }

    @Test func doesNotAwaitTheEndpointForEver() async throws {
        let connection = try await Talk.open { socket in
            // Never asks for a message.
            try await Task.sleep(for: .seconds(3600))
        }
        try await connection.send(Talk.frame(0x88, [0x03, 0xe8]))
        #expect(try await connection.received() == [])
        await connection.advance(by: .milliseconds(5100))
        #expect(try await Talk.await(4, from: connection) == [0x88, 2, 0x03, 0xe8])
    }

    // MARK: - Back-pressure

    @Test func aSlowEndpointStopsTheReading() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        var settings = WebSocketSettings()
        settings.receiveBuffer = 4 * 65
        let connection = try await Talk.open(settings) { socket in
            for await _ in steps { break }
            for try await message in socket.messages { try await socket.send(message) }
        }
        for _ in 0..<4 { try await connection.send(Talk.text("a")) }
        // It is not looked at before the endpoint has taken what is there.
        try await connection.send(Talk.frame(0x89, []))
        #expect(try await connection.received() == [])
        step.yield()
        let answer = try await Talk.await(14, from: connection)
        #expect(answer.filter { $0 == 0x61 }.count == 4)
        #expect(answer.contains(0x8a))
    }
}
