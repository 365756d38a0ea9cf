/// Who orders and stores publications: memory, later SQLite and Redis.
///
/// Answers come by a completion handler, not by `async`: the memory engine answers within the call, and a task per
/// publish or per page of history would cost more than the work itself. Every engine keeps the rules of the cursor
/// (`docs/cursor.md`).
public protocol Engine: Sendable {
    /// The incarnation of the log.
    var epoch: UInt64 { get }

    /// Delivers every publication of every node, in log order, into `sink`, from now on. Called once, before the first
    /// publish. Answers the newest sequence of the log at that moment.
    func start(delivering sink: any PublicationSink) async throws(EngineError) -> UInt64

    /// Appends a batch, whole or not at all. Completes when it is as durable as the engine promises, on any thread, maybe
    /// within the call.
    func publish(
        _ drafts: [PublicationDraft],
        completion: @escaping @Sendable (Result<[Cursor], EngineError>) -> Void
    )

    /// What the log still holds of some topics, and what is missing. Completes on any thread, maybe within the call.
    func history(
        _ query: HistoryQuery,
        completion: @escaping @Sendable (Result<HistoryPage, EngineError>) -> Void
    )

    /// Forgets all publications of the topics; cursors from before are gaps. Answers how many there were.
    func forget(_ topics: [Topic], completion: @escaping @Sendable (Result<Int, EngineError>) -> Void)

    /// What is held, sorted by name.
    func topics(
        _ query: TopicQuery,
        completion: @escaping @Sendable (Result<[TopicSummary], EngineError>) -> Void
    )

    /// Drops what has outlived its age. Called about once a second.
    func expire()

    func shutdown() async
}

/// Where an engine hands over publications.
public protocol PublicationSink: Sendable {
    /// Called under the engine's lock, in log order: must not call out, wait, or fail.
    func append(_ publications: [Publication])
    /// Called after it, outside the lock: wakes those who read.
    func wake()
}

public struct EngineError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        case unavailable
        case shutDown
    }
    public let code: Code
    public let message: String
    public var description: String { self.message }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// Asks for publications of some topics in log order.
public struct HistoryQuery: Sendable {
    /// Where one topic begins.
    public enum Start: Sendable, Equatable {
        /// After this sequence.
        case after(UInt64)
        /// With the oldest held.
        case earliest
        /// With the newest N held.
        case last(Int)
        /// After the newest of the whole log: with nothing that is held.
        case now
    }

    public struct Interest: Sendable, Equatable {
        public var topic: Topic
        public var start: Start
        /// Nothing older than so many milliseconds, by the engine's steady clock; `nil`: however old. With it
        /// ``Start/after(_:)`` begins at the newest where the sequence is beyond it.
        public var within: Int64?
        public init(_ topic: Topic, _ start: Start, within: Int64? = nil) {
            self.topic = topic
            self.start = start
            self.within = within
        }
    }

    /// Each topic once.
    public let interests: [Interest]
    /// Nothing beyond this sequence; `nil`: all.
    public var through: UInt64?
    public var maximumCount: Int
    /// At least one publication comes, whatever its size.
    public var maximumBytes: Int

    /// - Parameter interests: of a topic that is named twice the first counts.
    public init(_ interests: [Interest], through: UInt64? = nil, maximumCount: Int = 256, maximumBytes: Int = 64 << 10)
    {
        self.interests = interests.uniqued(by: \.topic)
        self.through = through
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
    }
}

public struct HistoryPage: Sendable {
    /// Publications of a topic that can't be had any more although its start asked for them.
    public struct Missing: Sendable, Equatable {
        public var topic: Topic
        /// The topic begins anew after this sequence.
        public var mark: UInt64
        public var reason: Gap.Reason
    }

    /// In log order, each once.
    public var publications: [Publication]
    public var missing: [Missing]
    /// For each interest the sequence after which it began.
    public var starts: [UInt64]
    /// Everything up to here is in this page or before it.
    public var reached: UInt64
    /// Whether it reached the end: `through`, else the newest of the log.
    public var isLast: Bool
}

public struct TopicQuery: Sendable {
    public var prefix: String
    public var after: String
    public var limit: Int
    public init(prefix: String = "", after: String = "", limit: Int = 100) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

public struct TopicSummary: Sendable, Equatable {
    public var topic: Topic
    public var publications: Int
    public var bytes: Int
    /// How many have it, over all loops. Engines know of none.
    public var subscribers: Int
    /// The cursor of its newest publication, held or not; `nil` where none is known of.
    public var newest: Cursor?

    public init(topic: Topic, publications: Int = 0, bytes: Int = 0, subscribers: Int = 0, newest: Cursor? = nil) {
        self.topic = topic
        self.publications = publications
        self.bytes = bytes
        self.subscribers = subscribers
        self.newest = newest
    }
}
