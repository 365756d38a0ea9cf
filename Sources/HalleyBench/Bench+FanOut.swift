import NIOCore

/// The measurements. Each runs on one event loop of its own, so that it can be pinned to a core.
package enum Bench {
    /// Subscribes everyone, publishes by plan, and counts what comes.
    /// - Parameter plan: nil: only connects.
    package static func fanOut(
        _ crowd: CrowdPlan, publishing request: PublishRequest, _ plan: FanOutPlan?, _ setting: BenchSetting
    ) async throws -> Report {
        let make: @Sendable (any EventLoop) -> FanOutCast = { FanOutCast(crowd, request, plan, $0) }
        return try await Stage.with(make) { stage in
            var report = Report()
            try await self.connect(stage, crowd, setting, &report)
            if let plan { try await self.publish(stage, crowd, plan, setting, &report) }
            try await self.addDisconnected(stage, &report)
            return report
        }
    }

    private static func connect(
        _ stage: Stage<FanOutCast>, _ crowd: CrowdPlan, _ setting: BenchSetting, _ report: inout Report
    ) async throws {
        let phase = try Phase(setting)
        let line: @Sendable (FanOutCast) -> String = { "\($0.crowd.ready) connected" }
        let opening = try await stage.telling(setting, line) {
            try await stage.perform { $0.crowd.open(asking: true) }
            return try phase.end()
        }
        report.add("connections", "connections", .count(crowd.connections))
        report.add(
            "connect_rate", "connected and subscribed", .number(Double(crowd.connections) / opening.seconds, unit: "/s")
        )
        report.addCPU(opening, per: "connect and subscribe", name: "connect", count: crowd.connections)
        // What was needed only to connect goes back, and lazy work gets done.
        try await stage.pause(.seconds(1))
        if let memory = try phase.end().serverMemory, crowd.connections > 0 {
            let each = Double(memory) / 1024 / Double(crowd.connections)
            report.add("memory_per_connection_kib", "server memory per connection", .number(each, unit: "KiB"))
        }
    }

    private static func publish(
        _ stage: Stage<FanOutCast>, _ crowd: CrowdPlan, _ plan: FanOutPlan, _ setting: BenchSetting,
        _ report: inout Report
    ) async throws {
        try await stage.perform { $0.publisher.open(on: $0.crowd.loop) }
        let line: @Sendable (FanOutCast) -> String = {
            "\($0.run?.published ?? 0) published, \($0.crowd.tally.deliveries) delivered"
        }
        let use = try await stage.telling(setting, line) {
            try await stage.perform { cast in cast.prepare(plan).warmUp() }
            let phase = try Phase(setting)
            try await stage.perform { cast in
                cast.run?.measure(patience: setting.patience) ?? cast.crowd.loop.makeSucceededVoidFuture()
            }
            return try phase.end()
        }
        let part = try await stage.read { cast in
            (Outcome(cast.crowd.tally), cast.run?.published ?? 0, cast.run?.duration ?? 1)
        }
        self.add(part.0, published: part.1, subscribers: crowd.connections, nanoseconds: part.2, &report)
        report.addCPU(use, per: "delivery", name: "delivery", count: part.0.deliveries)
    }

    /// - Parameter withLatency: whether the time from a publication to its delivery says anything about the server.
    static func add(
        _ outcome: Outcome, published: Int, subscribers: Int, nanoseconds: UInt64, withLatency: Bool = true,
        _ report: inout Report
    ) {
        report.add("publications", "publications", .count(published))
        report.add("deliveries", "deliveries", .count(outcome.deliveries))
        let rate = Double(outcome.deliveries) / (Double(nanoseconds) / 1e9)
        report.add("deliveries_per_second", "deliveries a second", .number(rate, unit: "/s"))
        for (name, label, value) in withLatency ? outcome.latencies : [] {
            report.add("latency_\(name)_ms", "latency \(label)", .number(Double(value) / 1e6, unit: "ms"))
        }
        self.addFaults(outcome, lost: published * subscribers - outcome.deliveries, &report)
    }

    private static func addFaults(_ outcome: Outcome, lost: Int, _ report: inout Report) {
        report.add("lost", "lost", .count(lost))
        report.add("doubled", "doubled", .count(outcome.doubled))
        report.add("out_of_order", "out of order", .count(outcome.outOfOrder))
        report.add("damaged", "damaged", .count(outcome.damaged))
        if lost + outcome.doubled + outcome.outOfOrder + outcome.damaged > 0 {
            report.warn("not every publication came exactly once and in order.")
        }
    }

    private static func addDisconnected(_ stage: Stage<FanOutCast>, _ report: inout Report) async throws {
        let (count, reason) = try await stage.read { ($0.crowd.disconnected, $0.crowd.firstReason ?? "") }
        report.add("disconnected", "disconnected", .count(count))
        if count > 0 { report.warn("\(count) subscribers were disconnected, the first one: \(reason).") }
    }
}

/// Who takes part in a fan-out.
private final class FanOutCast {
    let crowd: Crowd
    let publisher: Publisher
    private(set) var run: FanOutRun?

    init(_ plan: CrowdPlan, _ request: PublishRequest, _ fanOut: FanOutPlan?, _ loop: any EventLoop) {
        self.crowd = Crowd(plan, on: loop, Tally())
        self.publisher = Publisher(request)
    }

    func prepare(_ plan: FanOutPlan) -> FanOutRun {
        let run = FanOutRun(plan, self.crowd, self.publisher)
        self.run = run
        return run
    }
}
