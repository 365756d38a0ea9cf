import HalleyHub
import NIOConcurrencyHelpers

/// The memory engine, but its pages may be short, come later, or fail, as those of other engines.
final class SimulatedEngine: Engine {
    typealias PageCompletion = @Sendable (Result<HistoryPage, EngineError>) -> Void

    private struct State {
        var random: SeededRandom
        var plan: RunPlan
        var pending: [@Sendable () -> Void] = []
        var answers: [(query: HistoryQuery, page: HistoryPage)] = []
        var counts = Coverage()
    }

    private enum Answer { case now, later, laterAsOfNow, failure }

    let base: MemoryEngine
    private let state: NIOLockedValueBox<State>

    init(base: MemoryEngine, plan: RunPlan, seed: UInt64) {
        self.base = base
        self.state = NIOLockedValueBox(State(random: SeededRandom(seed: seed), plan: plan))
    }

    var epoch: UInt64 { self.base.epoch }

    func start(delivering sink: any PublicationSink) async throws(EngineError) -> UInt64 {
        self.base.begin(delivering: sink)
    }

    func publish(
        _ drafts: [PublicationDraft], completion: @escaping @Sendable (Result<[Cursor], EngineError>) -> Void
    ) {
        self.base.publish(drafts, completion: completion)
    }

    func forget(_ topics: [Topic], completion: @escaping @Sendable (Result<Int, EngineError>) -> Void) {
        self.base.forget(topics, completion: completion)
    }

    func topics(
        _ query: TopicQuery, completion: @escaping @Sendable (Result<[TopicSummary], EngineError>) -> Void
    ) {
        self.base.topics(query, completion: completion)
    }

    func expire() { self.base.expire() }
    func shutdown() async {}

    // MARK: - Pages

    func history(_ query: HistoryQuery, completion: @escaping PageCompletion) {
        var query = query
        switch self.draw(&query) {
        case .now: completion(self.read(query))
        case .later: self.postpone { [query] in completion(self.read(query)) }
        case .laterAsOfNow:
            let page = self.read(query)
            self.postpone { completion(page) }
        case .failure: self.postpone { completion(.failure(EngineError(.unavailable, "simulated"))) }
        }
    }

    private func draw(_ query: inout HistoryQuery) -> Answer {
        self.state.withLockedValue { state in
            if let limit = state.plan.pageLimit { query.maximumCount = min(query.maximumCount, limit) }
            if !state.random.chance(state.plan.latePages) {
                state.counts[.pageWithinCall] += 1
                return .now
            }
            if state.random.chance(state.plan.failedPages) {
                state.counts[.pageFailed] += 1
                return .failure
            }
            state.counts[.pageLater] += 1
            return state.random.chance(50) ? .later : .laterAsOfNow
        }
    }

    private func read(_ query: HistoryQuery) -> Result<HistoryPage, EngineError> {
        let answer = NIOLockedValueBox<Result<HistoryPage, EngineError>?>(nil)
        self.base.history(query) { page in answer.withLockedValue { $0 = page } }
        let page = answer.withLockedValue { $0! }
        if case .success(let page) = page {
            self.state.withLockedValue { state in
                state.answers.append((query, page))
                if !page.isLast { state.counts[.pagePartial] += 1 }
            }
        }
        return page
    }

    private func postpone(_ completion: @escaping @Sendable () -> Void) {
        self.state.withLockedValue { $0.pending.append(completion) }
    }

    var hasPending: Bool { self.state.withLockedValue { !$0.pending.isEmpty } }

    /// Answers one of the pages that are due, as from another thread.
    func completeOne() {
        let completion = self.state.withLockedValue { state in
            state.pending.isEmpty ? nil : state.pending.remove(at: state.random.below(state.pending.count))
        }
        completion?()
    }

    /// From here on every page comes, so that the run can come to rest.
    func stopFailing() { self.state.withLockedValue { $0.plan.failedPages = 0 } }

    /// What was answered since the last call.
    func takeAnswers() -> [(query: HistoryQuery, page: HistoryPage)] {
        self.state.withLockedValue { state in
            if state.answers.isEmpty { return [] }
            defer { state.answers.removeAll(keepingCapacity: true) }
            return state.answers
        }
    }

    var counts: Coverage { self.state.withLockedValue { $0.counts } }
}
