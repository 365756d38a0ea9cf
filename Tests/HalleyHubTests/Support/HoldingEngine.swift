import HalleyHub
import NIOConcurrencyHelpers

/// A memory engine whose pages can be short and can be held back, as if they came from another thread.
final class HoldingEngine: Engine {
    private struct State {
        var isHolding = false
        var isFailing = false
        var held: [@Sendable () -> Void] = []
        var limit: Int?
        var queries = 0
    }

    let base: MemoryEngine
    private let state = NIOLockedValueBox(State())

    init(base: MemoryEngine) { self.base = base }

    var epoch: UInt64 { self.base.epoch }
    /// How many pages were asked for.
    var queries: Int { self.state.withLockedValue { $0.queries } }

    /// Pages come by ``release()`` from here on.
    func hold() { self.state.withLockedValue { $0.isHolding = true } }

    func fail() { self.state.withLockedValue { $0.isFailing = true } }

    func limitPages(to count: Int) { self.state.withLockedValue { $0.limit = count } }

    /// Answers what is held back, with what the log says now.
    func release() {
        let held = self.state.withLockedValue { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for completion in held { completion() }
    }

    func history(
        _ query: HistoryQuery, completion: @escaping @Sendable (Result<HistoryPage, EngineError>) -> Void
    ) {
        let query = self.state.withLockedValue { state in
            var query = query
            state.queries += 1
            if let limit = state.limit { query.maximumCount = min(limit, query.maximumCount) }
            return query
        }
        let answer: @Sendable () -> Void = {
            if self.state.withLockedValue({ $0.isFailing }) {
                completion(.failure(EngineError(.unavailable, "for the test")))
            } else {
                self.base.history(query, completion: completion)
            }
        }
        let isHeld = self.state.withLockedValue { state in
            if state.isHolding { state.held.append(answer) }
            return state.isHolding
        }
        if !isHeld { answer() }
    }

    func start(delivering sink: any PublicationSink) async throws(EngineError) -> UInt64 {
        self.base.begin(delivering: sink)
    }

    func publish(
        _ drafts: [PublicationDraft], completion: @escaping @Sendable (Result<[Cursor], EngineError>) -> Void
    ) { self.base.publish(drafts, completion: completion) }

    func forget(_ topics: [Topic], completion: @escaping @Sendable (Result<Int, EngineError>) -> Void) {
        self.base.forget(topics, completion: completion)
    }

    func topics(
        _ query: TopicQuery, completion: @escaping @Sendable (Result<[TopicSummary], EngineError>) -> Void
    ) { self.base.topics(query, completion: completion) }

    func expire() { self.base.expire() }
    func shutdown() async {}
}
