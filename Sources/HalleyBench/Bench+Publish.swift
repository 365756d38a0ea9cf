import Histogram
import NIOCore

extension Bench {
    /// Publishes over one keep-alive connection, the next when the one before was answered. Nobody subscribes.
    package static func publish(
        _ request: PublishRequest, count: Int, size: Int, _ setting: BenchSetting
    ) async throws -> Report {
        let make: @Sendable (any EventLoop) -> PublishCast = { PublishCast(request, size, $0) }
        return try await Stage.with(make) { stage in
            try await stage.perform { $0.publisher.open(on: $0.loop) }
            // Not counted: the first ones make what the later ones find.
            try await stage.perform { $0.publish(max(1, count / 10), patience: setting.patience) }
            let phase = try Phase(setting)
            let line: @Sendable (PublishCast) -> String = { "\($0.answered) published" }
            let use = try await stage.telling(setting, line) {
                try await stage.perform { $0.publish(count, patience: setting.patience) }
                return try phase.end()
            }
            let latencies = try await stage.read { Outcome.latencies($0.latency) }
            var report = Report()
            report.add("publications", "publications", .count(count))
            report.add(
                "publications_per_second", "publications a second", .number(Double(count) / use.seconds, unit: "/s"))
            for (name, label, value) in latencies {
                report.add("latency_\(name)_ms", "latency \(label)", .number(Double(value) / 1e6, unit: "ms"))
            }
            report.addCPU(use, per: "publication", name: "publish", count: count)
            return report
        }
    }
}

/// One publisher that waits for each answer. It belongs to the run's event loop.
private final class PublishCast {
    let loop: any EventLoop
    let publisher: Publisher
    private(set) var latency = PublishCast.emptyHistogram()
    private(set) var answered = 0
    private let size: Int
    private var left = 0
    private var sent: UInt64 = 0
    private var number: UInt32 = 0
    private var finished: EventLoopPromise<Void>?

    init(_ request: PublishRequest, _ size: Int, _ loop: any EventLoop) {
        self.loop = loop
        self.size = size
        self.publisher = Publisher(request)
    }

    private static func emptyHistogram() -> Histogram<UInt64> {
        Histogram(
            lowestDiscernibleValue: 256, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
    }

    func publish(_ count: Int, patience: Double) -> EventLoopFuture<Void> {
        let promise = self.loop.makePromise(of: Void.self)
        self.finished = promise
        self.left = count
        self.answered = 0
        self.latency = Self.emptyHistogram()
        self.publisher.whenAnswered = { [weak self] in self?.wasAnswered() }
        self.publisher.whenFailed = { [weak self] in self?.finish($0) }
        let watch = self.watch(patience)
        self.publishOne()
        return promise.futureResult.always { _ in watch.cancel() }
    }

    private func watch(_ patience: Double) -> RepeatedTask {
        let cast = NIOLoopBound(self, eventLoop: self.loop)
        return self.loop.scheduleRepeatedTask(initialDelay: .milliseconds(500), delay: .milliseconds(500)) { _ in
            let now = NIODeadline.now().uptimeNanoseconds
            if Double(now - cast.value.sent) > patience * 1e9 {
                cast.value.finish(BenchError("a publication was not answered"))
            }
        }
    }

    private func publishOne() {
        self.sent = NIODeadline.now().uptimeNanoseconds
        self.publisher.publish([Stamp(number: self.number, sent: self.sent).payload(size: self.size)])
        self.number += 1
    }

    private func wasAnswered() {
        self.latency.record(NIODeadline.now().uptimeNanoseconds - self.sent)
        self.answered += 1
        self.left -= 1
        if self.left > 0 { self.publishOne() } else { self.finish(nil) }
    }

    private func finish(_ error: BenchError?) {
        guard let finished else { return }
        self.finished = nil
        if let error { finished.fail(error) } else { finished.succeed() }
    }
}
