import Foundation
import HalleyHub
import NIOCore
import NIOEmbedded
import Testing

@testable import Halley

/// The laws of the edge, with random requests, cuts and readers: the process lives, what a connection holds is bounded, and
/// valid requests get the right answers in the right order. `HALLEY_FRONT_RUNS` runs it for longer, `HALLEY_SEED` repeats.
@Suite struct FrontLawTests {
    static let seed = UInt64(ProcessInfo.processInfo.environment["HALLEY_SEED"] ?? "1") ?? 1
    static let runs = Int(ProcessInfo.processInfo.environment["HALLEY_FRONT_RUNS"] ?? "") ?? 120

    @Test func holdInAChannelWithoutASocket() async throws {
        let first = try await TestConnection { $0.limits.publicationRate = 0 }
        first.server.addFrontResponders()
        for run in 0..<Self.runs {
            let plan = FrontPlan(seed: Self.seed &+ UInt64(run), topic: "run-\(run)")
            let fault = try await FrontRun(plan, try await TestConnection(beside: first, isOnLoopback: false)).fault()
            #expect(fault == nil, "seed \(Self.seed &+ UInt64(run)), \(plan.summary)")
            if fault != nil { break }
        }
    }
}

/// One client of the laws on one connection.
private struct FrontRun {
    private let plan: FrontPlan
    private let connection: TestConnection
    private let socket: NIOLoopBoundBox<SlowSocket?>

    init(_ plan: FrontPlan, _ connection: TestConnection) async throws {
        self.plan = plan
        self.connection = connection
        let channel = connection.channel
        self.socket = .makeEmptyBox(valueType: SlowSocket.self, eventLoop: channel.testingEventLoop)
        try await channel.testingEventLoop.executeInContext { [socket] in
            let slow = SlowSocket(channel)
            try channel.pipeline.syncOperations.addHandler(slow, position: .first)
            socket.value = slow
        }
    }

    /// What of the laws did not hold; `nil`: all did.
    func fault() async throws -> String? {
        var received: [UInt8] = []
        for step in self.plan.steps {
            guard self.connection.isOpen else { break }
            if try await self.perform(step) == false { return "what was sent was not read" }
            if let fault = try await self.memoryFault() { return fault }
            received += try await self.connection.received()
        }
        if self.plan.vanishes {
            try? await self.connection.channel.close().get()
        } else {
            received += try await self.finish()
        }
        return try await self.judge(received)
    }

    /// - Returns: `false` where the connection did not read any more.
    private func perform(_ step: FrontPlan.Step) async throws -> Bool {
        switch step {
        case .send(let bytes): return try await self.send(bytes)
        case .pause: try await self.onLoop { $0.pause() }
        case .resume: try await self.onLoop { $0.resume() }
        case .wait: await self.connection.advance(by: LateResponder.delay)
        }
        return true
    }

    /// A connection that does not read waits for something: for time to pass, or for its peer to read.
    private func send(_ bytes: [UInt8]) async throws -> Bool {
        for attempt in 0..<100 {
            if !self.connection.isOpen { return true }
            let isReceived = try await self.connection.channel.testingEventLoop.executeInContext { [socket] in
                guard let slow = socket.value, slow.isReadDue else { return false }
                slow.receive(bytes)
                return true
            }
            await self.connection.channel.testingEventLoop.run()
            if isReceived { return true }
            if attempt > 0 { try await self.onLoop { $0.resume() } }
            await self.connection.advance(by: LateResponder.delay)
        }
        return false
    }

    private func onLoop(_ body: @escaping @Sendable (SlowSocket) -> Void) async throws {
        try await self.connection.channel.testingEventLoop.executeInContext { [socket] in
            if let slow = socket.value { body(slow) }
        }
        await self.connection.channel.testingEventLoop.run()
    }

    private func finish() async throws -> [UInt8] {
        if self.plan.halfCloses, self.connection.isOpen { try await self.connection.closeInput() }
        try await self.onLoop { $0.resume() }
        // Each answer may take its time.
        for _ in 0...self.plan.requests.count * 8 { await self.connection.advance(by: LateResponder.delay) }
        return try await self.connection.received()
    }

    /// One head, one body up to the limit of its route, a receive buffer; and one answer.
    private func memoryFault() async throws -> String? {
        let channel = self.connection.channel
        let held = try await channel.testingEventLoop.executeInContext { [socket] in
            let handler = try? channel.pipeline.syncOperations.handler(type: HTTP1Connection.self)
            return (handler?.input.readableBytes ?? 0, socket.value?.mostWaiting ?? 0)
        }
        let limits = self.connection.server.configuration.limits
        if held.0 > limits.head + limits.body + 2 * ReceiveBuffer.largest { return "\(held.0) bytes of input are held" }
        // The window, the largest answer, and what one turn gathers.
        return held.1 > SlowSocket.high + 1_100_000 + 2 * AnswerOutput.gathersAtMost ? "\(held.1) bytes wait" : nil
    }

    private func judge(_ received: [UInt8]) async throws -> String? {
        let verdict = FrontVerdict(self.plan, received)
        if let fault = verdict.fault { return fault }
        if !self.plan.vanishes, let shortfall = verdict.shortfall { return shortfall }
        return try await self.publicationFault(verdict)
    }

    /// Each publication that was answered was made, once and in order, and none that did not come whole.
    private func publicationFault(_ verdict: FrontVerdict) async throws -> String? {
        let sent = self.plan.requests.prefix(FrontVerdict.due(self.plan)).compactMap(\.publishes)
        let answered = self.plan.requests.prefix(verdict.answered).compactMap(\.publishes)
        let topic = try Topic(self.plan.topic)
        let page = try await self.connection.server.hub.history(HistoryQuery([.init(topic, .earliest)]))
        let held = page.publications.map { String(buffer: $0.data) }
        return held.starts(with: answered) && sent.starts(with: held) ? nil : "published: \(held), of \(sent)"
    }
}
