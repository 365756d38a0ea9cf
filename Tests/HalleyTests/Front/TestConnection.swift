import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import Halley

/// A connection with its real handlers, without a socket.
struct TestConnection {
    let server: ServerContext
    let channel = NIOAsyncTestingChannel()
    private let loops: LoopContexts

    init(isOverloaded: Bool = false, _ change: (inout ServerConfiguration) -> Void = { _ in }) async throws {
        let server = try await ServerContext.make(on: self.channel.testingEventLoop, change)
        let loops = LoopContexts(server, [self.channel.testingEventLoop])
        self.server = server
        self.loops = loops
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 50000)
        try await self.channel.connect(to: address).get()
        try await self.channel.testingEventLoop.executeInContext { [channel] in
            let loop = loops.context(on: channel.testingEventLoop)
            let gate = RequestGate(server: server, isOnLoopback: false, isOverloaded: isOverloaded)
            try HTTPConnection.add(to: channel, loop: loop, address: ClientAddress(address), gate: gate)
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
