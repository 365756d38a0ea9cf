import NIOCore
import NIOEmbedded
import Testing

@testable import Halley

/// What time does to an endpoint's connection, and what a peer that reads slowly does.
@Suite(.timeLimit(.minutes(1))) struct WebSocketEndpointLifeTests {
    private typealias Talk = EndpointTalk

    private static func idle() async throws -> TestConnection {
        try await Talk.open(
            configure: {
                $0.pingInterval = .seconds(10)
                $0.pongTimeout = .seconds(4)
            },
            serve: { socket in
                for try await _ in socket.messages {}
            })
    }

    /// In steps, so that the loop's clock stands at each tick of its timers.
    private static func advance(_ connection: TestConnection, by time: TimeAmount) async {
        for _ in 0..<time.nanoseconds / TimerWheel.tick.nanoseconds {
            await connection.advance(by: TimerWheel.tick)
        }
    }

    // MARK: - Pings

    @Test func pingsAPeerThatSaysNothing() async throws {
        let connection = try await Self.idle()
        await Self.advance(connection, by: .milliseconds(9900))
        #expect(try await connection.received() == [])
        await Self.advance(connection, by: .milliseconds(200))
        #expect(try await connection.received() == [0x89, 0])
    }

    @Test func pingsAgainAfterAnAnswer() async throws {
        let connection = try await Self.idle()
        await Self.advance(connection, by: .milliseconds(10_100))
        try await connection.send(Talk.frame(0x8a, []))
        await Self.advance(connection, by: .milliseconds(9900))
        #expect(try await connection.received() == [0x89, 0])
        await Self.advance(connection, by: .milliseconds(300))
        #expect(try await connection.received() == [0x89, 0])
        #expect(connection.isOpen)
    }

    @Test func doesNotPingWhoTalks() async throws {
        let connection = try await Self.idle()
        for _ in 0..<5 {
            await Self.advance(connection, by: .seconds(9))
            try await connection.send(Talk.text("a"))
        }
        #expect(try await connection.received() == [])
        #expect(connection.isOpen)
    }

    @Test func aSilentPeerIsCut() async throws {
        let connection = try await Self.idle()
        await Self.advance(connection, by: .milliseconds(13_900))
        #expect(connection.isOpen)
        await Self.advance(connection, by: .milliseconds(300))
        #expect(!connection.isOpen)
        // It is not told: it would not hear it.
        #expect(try await connection.received() == [0x89, 0])
    }

    // MARK: - Slow readers

    /// Keeps what is written, as a socket does whose peer reads nothing.
    private final class Dam: ChannelOutboundHandler, RemovableChannelHandler, Sendable {
        typealias OutboundIn = ByteBuffer

        func flush(context: ChannelHandlerContext) {}

        static func close(_ connection: TestConnection) async throws {
            try await connection.channel.pipeline.addHandler(Dam(), name: "dam", position: .first).get()
        }

        static func open(_ connection: TestConnection) async throws {
            try await connection.channel.pipeline.removeHandler(name: "dam").get()
            connection.channel.flush()
            await connection.channel.testingEventLoop.run()
        }
    }

    private static let weight = WebSocketMessage.text("0").weight

    /// Sends a digit after the other when it is told to, as long as there is room for two, and says which were sent.
    private static func sending(
        _ count: Int, _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> (TestConnection, events: AsyncStream<String>, AsyncStream<String>.Continuation) {
        let (events, event) = AsyncStream.makeStream(of: String.self)
        var settings = WebSocketSettings()
        settings.sendBuffer = 2 * self.weight
        let connection = try await Talk.open(settings, configure: configure) { socket in
            var messages = socket.messages.makeAsyncIterator()
            _ = try await messages.next()
            do {
                for number in 0..<count {
                    try await socket.send("\(number)")
                    event.yield("\(number)")
                }
                while try await messages.next() != nil {}
            } catch {
                event.yield("\(error)")
            }
        }
        try await Dam.close(connection)
        try await connection.send(Talk.text("start"))
        return (connection, events, event)
    }

    private static func frames(_ numbers: Range<Int>) -> [UInt8] { numbers.flatMap { [0x81, 1, 0x30 + UInt8($0)] } }

    @Test func aSendWaitsForTheReader() async throws {
        let (connection, events, event) = try await Self.sending(5)
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == "0")
        #expect(await iterator.next() == "1")
        #expect(try await connection.received() == [])
        #expect(connection.server.queuedBytes.sending == 2 * Self.weight)
        event.yield("it reads")
        try await Dam.open(connection)
        #expect(try await Talk.await(15, from: connection) == Self.frames(0..<5))
        for expected in ["it reads", "2", "3", "4"] { #expect(await iterator.next() == expected) }
        await connection.channel.testingEventLoop.run()
        #expect(connection.server.queuedBytes.sending == 0)
    }

    private static func patient(_ configuration: inout ServerConfiguration) {
        configuration.pingInterval = .seconds(10)
        configuration.pongTimeout = .hours(1)
        configuration.limits.stall = .seconds(60)
    }

    /// Also one that talks.
    @Test func whoTakesNothingIsCut() async throws {
        let (connection, events, _) = try await Self.sending(3, Self.patient)
        var iterator = events.makeAsyncIterator()
        for expected in ["0", "1"] { #expect(await iterator.next() == expected) }
        await connection.channel.testingEventLoop.run()
        for _ in 0..<59 {
            await Self.advance(connection, by: .seconds(1))
            try await connection.send(Talk.text("I talk"))
        }
        #expect(connection.isOpen)
        await Self.advance(connection, by: .seconds(22))
        #expect(!connection.isOpen)
        #expect(await iterator.next() == "\(WebSocketClosed.lost)")
        await connection.channel.testingEventLoop.run()
        #expect(connection.server.queuedBytes.sending == 0)
    }

    @Test func whoTakesSomethingNowAndThenIsNotCut() async throws {
        let (connection, events, _) = try await Self.sending(9, Self.patient)
        var iterator = events.makeAsyncIterator()
        for expected in ["0", "1"] { #expect(await iterator.next() == expected) }
        for round in 0..<3 {
            await Self.advance(connection, by: .seconds(50))
            try await Dam.open(connection)
            try await Dam.close(connection)
            let expected = 2 * round + 2
            for number in expected..<expected + 2 { #expect(await iterator.next() == "\(number)") }
        }
        #expect(connection.isOpen)
    }

    // MARK: - What waits for the endpoint

    @Test func whatWaitsIsCounted() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let connection = try await Talk.open { socket in
            for await _ in steps { break }
            for try await message in socket.messages { try await socket.send(message) }
        }
        let queued = connection.server.queuedBytes
        for count in 1...3 {
            try await connection.send(Talk.text("a"))
            // The first, "go", is taken when the endpoint comes to it.
            if count > 1 { #expect(queued.received >= count * Self.weight) }
        }
        step.yield()
        #expect(try await Talk.await(9, from: connection) == [0x81, 1, 0x61, 0x81, 1, 0x61, 0x81, 1, 0x61])
        #expect(queued.received == 0)
    }
}
