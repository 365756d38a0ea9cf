import NIOConcurrencyHelpers

/// Keeps the log in memory: a restart begins a new epoch.
public final class MemoryEngine: Engine {
    private struct State {
        var log: Log
        var sink: (any PublicationSink)?
    }

    public let epoch: UInt64
    private let state: NIOLockedValueBox<State>
    private let clock: @Sendable () -> LogTime

    public convenience init(rules: TopicRules) {
        self.init(rules: rules, epoch: .random(in: .min ... .max), clock: LogTime.now)
    }

    package init(rules: TopicRules, epoch: UInt64, clock: @escaping @Sendable () -> LogTime) {
        self.epoch = epoch
        self.clock = clock
        self.state = NIOLockedValueBox(State(log: Log(epoch: epoch, rules: rules), sink: nil))
    }

    public func start(delivering sink: any PublicationSink) async throws(EngineError) -> UInt64 {
        self.begin(delivering: sink)
    }

    package func begin(delivering sink: any PublicationSink) -> UInt64 {
        self.state.withLockedValue { state in
            state.sink = sink
            return state.log.newest
        }
    }

    public func publish(
        _ drafts: [PublicationDraft],
        completion: @escaping @Sendable (Result<[Cursor], EngineError>) -> Void
    ) {
        let time = self.clock()
        // Number, history and every loop's inbox under one lock, so that no loop sees n + 1 before n.
        let (publications, sink) = self.state.withLockedValue { state in
            state.log.expire(at: time)
            let publications = state.log.append(drafts, at: time)
            state.sink?.append(publications)
            return (publications, state.sink)
        }
        sink?.wake()
        completion(.success(publications.map(\.id)))
    }

    public func history(
        _ query: HistoryQuery,
        completion: @escaping @Sendable (Result<HistoryPage, EngineError>) -> Void
    ) {
        let time = self.clock()
        let page = self.state.withLockedValue { state in
            state.log.expire(at: time)
            return state.log.page(query, at: time)
        }
        completion(.success(page))
    }

    public func forget(_ topics: [Topic], completion: @escaping @Sendable (Result<Int, EngineError>) -> Void) {
        completion(.success(self.state.withLockedValue { $0.log.forget(topics) }))
    }

    public func topics(
        _ query: TopicQuery,
        completion: @escaping @Sendable (Result<[TopicSummary], EngineError>) -> Void
    ) {
        completion(.success(self.state.withLockedValue { $0.log.summaries(query) }))
    }

    public func expire() {
        let time = self.clock()
        self.state.withLockedValue { $0.log.expire(at: time) }
    }

    public func shutdown() async {
        self.state.withLockedValue { $0.sink = nil }
    }

    /// What all topics hold together, bookkeeping included.
    public var heldBytes: Int { self.bytesByRule.reduce(0, +) }

    package var bytesByRule: [Int] { self.state.withLockedValue { $0.log.bytesByRule } }
}
