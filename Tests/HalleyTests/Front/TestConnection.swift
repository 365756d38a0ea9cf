import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import Halley

/// A connection with its real handlers, without a socket.
struct TestConnection {
    let server: ServerContext
    let channel: NIOAsyncTestingChannel
    private let loops: LoopContexts

    init(isOverloaded: Bool = false, _ change: (inout ServerConfiguration) -> Void = { _ in }) async throws {
        let loop = NIOAsyncTestingEventLoop()
        let server = try await ServerContext.make(on: loop, change)
        try await self.init(
            server, LoopContexts(server, [loop]), loop, isOnLoopback: false, isOverloaded: isOverloaded)
    }

    /// On the same loop of the same server.
    init(beside other: TestConnection, isOnLoopback: Bool) async throws {
        try await self.init(
            other.server, other.loops, other.channel.testingEventLoop, isOnLoopback: isOnLoopback, isOverloaded: false)
    }

    private init(
        _ server: ServerContext, _ loops: LoopContexts, _ loop: NIOAsyncTestingEventLoop, isOnLoopback: Bool,
        isOverloaded: Bool
    ) async throws {
        self.server = server
        self.loops = loops
        self.channel = NIOAsyncTestingChannel(loop: loop)
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 50000)
        try await self.channel.connect(to: address).get()
        try await loop.executeInContext { [channel] in
            let gate = RequestGate(server: server, isOnLoopback: isOnLoopback, isOverloaded: isOverloaded)
            try HTTP1Connection.add(
                to: channel, loop: loops.context(on: loop), address: ClientAddress(address), peer: address, gate: gate)
        }
    }

    var isOpen: Bool { self.channel.isActive }

    func send(_ text: String) async throws { try await self.send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeInbound(ByteBuffer(bytes: bytes))
        await self.channel.testingEventLoop.run()
    }

    /// What has been written since the last time.
    func received() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try await self.channel.readOutbound(as: ByteBuffer.self) {
            bytes += buffer.readableBytesView
        }
        return bytes
    }

    func receivedText() async throws -> String { String(decoding: try await self.received(), as: UTF8.self) }

    func replies() async throws -> [Reply] { Reply.all(in: try await self.received()) }

    /// Waits for an answer that comes from elsewhere, and takes all that has come with it.
    func awaitReplies() async throws -> [Reply] {
        let first = try await self.channel.waitForOutboundWrite(as: ByteBuffer.self)
        return Reply.all(in: Array(first.readableBytesView) + (try await self.received()))
    }

    /// The first answer to a request that is answered at once.
    func exchange(_ request: String) async throws -> Reply? {
        try await self.send(request)
        return try await self.replies().first
    }

    func advance(by time: TimeAmount) async { await self.channel.testingEventLoop.advanceTime(by: time) }

    /// As a drain does with every connection of a loop.
    func drain() async throws {
        try await self.channel.testingEventLoop.executeInContext { [loops, channel] in
            for connection in loops.context(on: channel.testingEventLoop).connections.all { connection.drain() }
        }
        await self.channel.testingEventLoop.run()
    }

    func closeInput() async throws {
        try await self.channel.testingEventLoop.executeInContext { [channel] in
            channel.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        await self.channel.testingEventLoop.run()
    }
}
