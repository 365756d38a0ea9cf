import NIOCore

/// Publishes by plan and waits for the deliveries. It belongs to the run's event loop.
final class FanOutRun {
    private let plan: FanOutPlan
    private let crowd: Crowd
    private let publisher: Publisher
    private let loop: any EventLoop
    private var number: UInt32 = 0
    /// Since the measurement began.
    private(set) var published = 0
    private var begun: UInt64 = 0
    private var lastPublished: UInt64 = 0
    private var finished: EventLoopPromise<Void>?

    init(_ plan: FanOutPlan, _ crowd: Crowd, _ publisher: Publisher) {
        self.plan = plan
        self.crowd = crowd
        self.publisher = publisher
        self.loop = crowd.loop
    }

    private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }
    private var elapsed: UInt64 { self.now - self.begun }

    /// Publishes one after the other until all subscribers have got so many of them. The first ones may be missed by
    /// subscribers whose server answers before it has subscribed them.
    func warmUp() -> EventLoopFuture<Void> {
        let promise = self.start()
        self.warmUp(left: max(1, self.plan.warmUp), tries: 20)
        return promise.futureResult
    }

    private func warmUp(left: Int, tries: Int) {
        guard left > 0 else { return self.finish(nil) }
        guard tries > 0, self.crowd.alive > 0 else {
            return self.finish(BenchError("publications don't reach all subscribers"))
        }
        self.crowd.begin(from: self.number)
        let patience = self.bound { $0.warmUp(left: left, tries: tries - 1) }
        let timer = self.loop.scheduleTask(in: .seconds(5)) { patience() }
        let goOn = self.bound { $0.warmUp(left: left - 1, tries: 20) }
        self.crowd.expect(1) {
            timer.cancel()
            // Not from within a subscriber's read.
            self.loop.execute { goOn() }
        }
        self.publish(1)
    }

    /// The measurement itself.
    /// - Parameter patience: seconds without a delivery after which what is missing counts as lost.
    func measure(patience: Double) -> EventLoopFuture<Void> {
        let promise = self.start()
        self.crowd.begin(from: self.number)
        self.published = 0
        self.begun = self.now
        let watch = self.loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(100), delay: .milliseconds(100), notifying: nil, self.watching(patience))
        switch self.plan.pace {
        case .outstanding(let count): self.burst(count)
        case .rate(let rate): self.tick(rate)
        }
        return promise.futureResult.always { _ in watch.cancel() }
    }

    /// From the first publication to the last delivery, in nanoseconds.
    var duration: UInt64 { max(1, max(self.crowd.tally.newest, self.lastPublished) - self.begun) }

    // MARK: Pace

    private func burst(_ count: Int) {
        guard self.finished != nil else { return }
        guard self.crowd.alive > 0, self.plan.goesOn(published: self.published, elapsed: self.elapsed) else {
            return self.finish(nil)
        }
        self.crowd.expect(count) { [weak self] in self?.burst(count) }
        self.publish(count)
    }

    private func tick(_ rate: Double) {
        guard self.finished != nil else { return }
        let due = Int(Double(self.elapsed) / 1e9 * rate) + 1
        while self.published < due, self.plan.goesOn(published: self.published, elapsed: self.elapsed) {
            self.crowd.expect(1) { [weak self] in self?.finishIfOver() }
            self.publish(1, due: self.begun + UInt64(Double(self.published) / rate * 1e9))
        }
        guard self.plan.goesOn(published: self.published, elapsed: self.elapsed) else { return self.finishIfOver() }
        let next = NIODeadline.uptimeNanoseconds(self.begun + UInt64(Double(self.published) / rate * 1e9))
        let again = self.bound { $0.tick(rate) }
        self.loop.scheduleTask(deadline: next) { again() }
    }

    private func finishIfOver() {
        if self.crowd.tally.isComplete, !self.plan.goesOn(published: self.published, elapsed: self.elapsed) {
            self.finish(nil)
        }
    }

    private func publish(_ count: Int, due: UInt64? = nil) {
        self.lastPublished = self.now
        let payloads = (0..<count).map { index in
            Stamp(number: self.number + UInt32(index), sent: due ?? self.lastPublished).payload(
                size: self.crowd.plan.size)
        }
        self.number += UInt32(count)
        self.published += count
        self.publisher.publish(payloads)
    }

    // MARK: End

    private func start() -> EventLoopPromise<Void> {
        let promise = self.loop.makePromise(of: Void.self)
        self.finished = promise
        self.publisher.whenFailed = { [weak self] in self?.finish($0) }
        return promise
    }

    private func finish(_ error: BenchError?) {
        guard let finished else { return }
        self.finished = nil
        if let error { finished.fail(error) } else { finished.succeed() }
    }

    private func watching(_ patience: Double) -> @Sendable (RepeatedTask) -> Void {
        let look = self.bound { run in
            let last = max(run.crowd.tally.newest, run.lastPublished)
            if !run.crowd.tally.isComplete, run.now > last, Double(run.now - last) > patience * 1e9 { run.finish(nil) }
        }
        return { _ in look() }
    }

    private func bound(_ body: @escaping @Sendable (FanOutRun) -> Void) -> @Sendable () -> Void {
        let run = NIOLoopBound(self, eventLoop: self.loop)
        return { body(run.value) }
    }
}
