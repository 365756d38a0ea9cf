import Foundation
import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import Halley

/// The laws of the edge over real sockets, with several clients at a time.
@Suite(.timeLimit(.minutes(5))) struct FrontSocketTests {
    private static let clients = 8

    @Test func holdOverSockets() async throws {
        try await withFrontServer { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<Self.clients {
                    group.addTask {
                        for run in stride(from: client, to: FrontLawTests.runs, by: Self.clients) {
                            let seed = FrontLawTests.seed &+ UInt64(run)
                            let plan = FrontPlan(seed: seed, topic: "run-\(run)").endingByItself
                            let fault = try await Self.fault(plan, server)
                            #expect(fault == nil, "seed \(seed), \(plan.summary)")
                            if fault != nil { return }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func fault(_ plan: FrontPlan, _ server: HalleyServer) async throws -> String? {
        let client = try await RawClient.connect(to: server)
        for step in plan.steps {
            switch step {
            case .send(let bytes): await client.send(bytes)
            case .pause: await client.read(false)
            case .resume: await client.read(true)
            case .wait: await Task.yield()
            }
        }
        if plan.vanishes {
            await client.vanish()
        } else {
            await client.read(true)
            if plan.halfCloses { await client.closeHalf() }
        }
        let verdict = FrontVerdict(plan, try await client.rest())
        if let fault = verdict.fault { return fault }
        return plan.vanishes ? nil : verdict.shortfall
    }

    // MARK: - Bodies and answers that stream

    private static let size = 200 << 20

    /// 200 MB go in and come out again at the same time, and nobody keeps them.
    @Test func streamsBothWaysWithFlatMemory() async throws {
        try await withFrontServer { server in
            let client = try await EchoClient.run(size: Self.size, server: server)
            #expect(client.received == Self.size)
            #expect(client.faults == 0)
            #if os(Linux)
            // Other tests run in the same process; whoever kept the body would need all of it.
            #expect(client.mostMemory - client.memoryBefore < Self.size / 2)
            #endif
        }
    }
}

extension FrontPlan {
    /// Over a socket the end of the answers is seen by the end of the connection.
    fileprivate var endingByItself: FrontPlan {
        var plan = self
        if plan.cut != nil { plan.halfCloses = true }
        if plan.halfCloses || plan.vanishes || plan.requests.contains(where: \.isLast) { return plan }
        let last = FrontRequest(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", [200],
            .exactly(Array("ok".utf8)), isLast: true)
        plan.requests.append(last)
        plan.steps.append(.send(last.bytes))
        return plan
    }
}

/// Sends a pattern as fast as it is taken, and checks that it comes back.
private final class EchoClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Result: Sendable {
        var received = 0
        /// Bytes that are not the pattern's.
        var faults = 0
        var memoryBefore = 0
        var mostMemory = 0
    }

    /// Its length has no factor in common with any buffer's.
    private static let pattern = ByteBuffer(bytes: (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) })

    private let size: Int
    private var sent = 0
    private var isInHead = true
    private var result = Result()
    private let promise: EventLoopPromise<Result>

    private init(size: Int, _ promise: EventLoopPromise<Result>) {
        self.size = size
        self.promise = promise
        self.result.memoryBefore = Self.residentBytes
    }

    static func run(size: Int, server: HalleyServer) async throws -> Result {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = eventLoop.makePromise(of: Result.self)
        _ = try await ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoClient(size: size, promise))
                }
            }
            .connect(to: server.address).get()
        return try await promise.futureResult.get()
    }

    func channelActive(context: ChannelHandlerContext) {
        // HTTP/1.0: what comes back is the bare bytes, and the end of the connection.
        let head = "PUT /echo HTTP/1.0\r\nContent-Length: \(self.size)\r\n\r\n"
        context.write(self.wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
        self.send(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.send(context) }

    private func send(_ context: ChannelHandlerContext) {
        while context.channel.isWritable, self.sent < self.size {
            let part = Self.pattern.getSlice(at: 0, length: min(Self.pattern.readableBytes, self.size - self.sent))!
            self.sent += part.readableBytes
            context.writeAndFlush(self.wrapOutboundOut(part), promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.isInHead {
            // It comes by itself, as nothing else is there yet.
            let end = bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8))!.upperBound
            bytes.moveReaderIndex(to: end)
            self.isInHead = false
        }
        self.compare(bytes)
    }

    private func compare(_ bytes: ByteBuffer) {
        let length = Self.pattern.readableBytes
        var rest = bytes
        while rest.readableBytes > 0 {
            let place = self.result.received % length
            let count = min(rest.readableBytes, length - place)
            let expected = Self.pattern.getSlice(at: place, length: count)
            if rest.readSlice(length: count) != expected { self.result.faults += 1 }
            self.result.received += count
        }
        if self.result.received % 64 < 8 { self.result.mostMemory = max(self.result.mostMemory, Self.residentBytes) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.result.mostMemory = max(self.result.mostMemory, Self.residentBytes)
        self.promise.succeed(self.result)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Of the whole process, server and client.
    private static var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
}
