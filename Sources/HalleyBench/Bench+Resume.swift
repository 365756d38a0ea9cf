import NIOCore

extension Bench {
    /// All clients come back at once with the same old cursor, and read what they missed.
    ///
    /// A probe subscribes by Server-Sent Events first, to learn the cursor from the `id:` of the publication after which
    /// the missed ones follow.
    package static func resume(
        _ crowd: CrowdPlan, probing probe: SubscribeRequest, publishing request: PublishRequest, missed: Int,
        _ setting: BenchSetting
    ) async throws -> Report {
        let make: @Sendable (any EventLoop) -> ResumeCast = { ResumeCast(crowd, probe, request, $0) }
        return try await Stage.with(make) { stage in
            try await stage.perform { $0.probe.open(on: $0.loop) }
            try await stage.perform { $0.publisher.open(on: $0.loop) }
            let cursor = try await stage.perform { $0.publishMarked(patience: setting.patience) }
            try await stage.perform { $0.publishMissed(missed, patience: setting.patience) }
            let line: @Sendable (ResumeCast) -> String = { "\($0.crowd.ready) connected" }
            try await stage.telling(setting, line) {
                try await stage.perform { $0.crowd.open(asking: false) }
            }
            return try await self.comeBack(stage, crowd, cursor, missed, setting)
        }
    }

    private static func comeBack(
        _ stage: Stage<ResumeCast>, _ crowd: CrowdPlan, _ cursor: String, _ missed: Int, _ setting: BenchSetting
    ) async throws -> Report {
        let phase = try Phase(setting)
        let line: @Sendable (ResumeCast) -> String = { "\($0.crowd.tally.deliveries) delivered" }
        let use = try await stage.telling(setting, line) {
            try await stage.perform { $0.comeBack(cursor: cursor, missed: missed, patience: setting.patience) }
            return try phase.end()
        }
        let (outcome, disconnected) = try await stage.read { (Outcome($0.crowd.tally), $0.crowd.disconnected) }
        var report = Report()
        report.add("connections", "connections", .count(crowd.connections))
        report.add("missed", "missed by each", .count(missed))
        report.add("seconds", "all complete after", .number(use.seconds, unit: "s"))
        self.add(
            outcome, published: missed, subscribers: crowd.connections, nanoseconds: use.nanoseconds,
            withLatency: false,
            &report)
        report.addCPU(use, per: "replayed publication", name: "delivery", count: outcome.deliveries)
        report.add("disconnected", "disconnected", .count(disconnected))
        return report
    }
}

/// Who takes part in a resume. It belongs to the run's event loop.
private final class ResumeCast {
    let loop: any EventLoop
    let crowd: Crowd
    let probe: Probe
    let publisher: Publisher
    private let size: Int
    private var lastSeen = 0

    init(_ plan: CrowdPlan, _ probe: SubscribeRequest, _ request: PublishRequest, _ loop: any EventLoop) {
        self.loop = loop
        self.size = plan.size
        self.crowd = Crowd(plan, on: loop, Tally())
        self.crowd.ledger = DeliveryLedger(after: 0)
        self.probe = Probe(probe, size: plan.size)
        self.publisher = Publisher(request)
    }

    /// The publication 0; its cursor.
    func publishMarked(patience: Double) -> EventLoopFuture<String> {
        self.publish(0...0)
        return self.probe.id(of: 0, on: self.loop, patience: patience)
    }

    func publishMissed(_ count: Int, patience: Double) -> EventLoopFuture<Void> {
        for first in stride(from: 1, through: count, by: 50) {
            self.publish(UInt32(first)...UInt32(min(count, first + 49)))
        }
        return self.probe.id(of: UInt32(count), on: self.loop, patience: patience).map { _ in }
    }

    func comeBack(cursor: String, missed: Int, patience: Double) -> EventLoopFuture<Void> {
        let promise = self.loop.makePromise(of: Void.self)
        self.crowd.begin(from: 0)
        let cast = NIOLoopBound(self, eventLoop: self.loop)
        self.lastSeen = 0
        let watch = self.loop.scheduleRepeatedTask(
            initialDelay: .nanoseconds(Int64(patience * 1e9)), delay: .nanoseconds(Int64(patience * 1e9))
        ) { _ in
            if cast.value.hasStalled() { promise.succeed() }
        }
        self.crowd.expect(missed) { promise.succeed() }
        self.crowd.ask(cursor: cursor)
        return promise.futureResult.always { _ in watch.cancel() }
    }

    private func hasStalled() -> Bool {
        defer { self.lastSeen = self.crowd.tally.deliveries }
        return self.lastSeen == self.crowd.tally.deliveries
    }

    private func publish(_ numbers: ClosedRange<UInt32>) {
        let now = NIODeadline.now().uptimeNanoseconds
        self.publisher.publish(numbers.map { Stamp(number: $0, sent: now).payload(size: self.size) })
    }
}
