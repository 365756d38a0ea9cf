/// What holds for all topics that begin with one prefix.
public struct TopicRule: Sendable, Equatable {
    /// Who may do one thing to a topic.
    public enum Access: String, Sendable, Equatable, CaseIterable {
        case everyone
        /// Whoever shows the API key.
        case key
        /// Whoever the embedding program's hook lets.
        case hook
    }

    /// The beginning of the topics' names; empty for the default rule.
    public var prefix: String

    /// How many publications of a topic are held at most.
    public var count = 1000
    /// How long a publication is held, in milliseconds.
    public var age: Int64 = 10 * 60 * 1000
    /// How many bytes of a topic are held at most, names and bookkeeping included. The newest publication is held whatever
    /// its size, unless this is 0.
    public var bytes = 1 << 20
    /// How many bytes all topics of the rule hold together, names and bookkeeping included; `nil`: an equal share of the
    /// log's budget. The newest publication of them all is held whatever its size, unless this is 0.
    public var budget: Int?
    /// How many topics are known at a time; the one published to longest ago is forgotten first.
    public var topics = 100_000

    public var publish = Access.key
    public var subscribe = Access.everyone
    /// Who may read history, and begin before now; as ``subscribe`` where it is not set.
    public var history: Access {
        get { self.ownHistory ?? self.subscribe }
        set { self.ownHistory = newValue }
    }
    private var ownHistory: Access?
    /// How far back who may subscribe, but not read history, may go on from a cursor, in milliseconds; 0: not at all.
    public var resume: Int64 = 2 * 60 * 1000

    public var slowReaders = SlowReaderPolicy.rewind

    public var presence = PresencePolicy.list

    public init(prefix: String) { self.prefix = prefix }
}

extension TopicRule {
    /// What announcements of presence may take of a rule's limits: one part of so many.
    static let announcementShare = 8

    /// Whether announcements of presence are held: only where whoever may subscribe may read history.
    var holdsAnnouncements: Bool {
        self.presence == .announce
            && (self.history == .everyone || (self.history == .key && self.subscribe == .key))
    }

    /// The limits of the announcements of each topic: a part of those of the rule, rounded up.
    var forAnnouncements: TopicRule {
        var rule = self
        rule.count = Self.share(of: self.count)
        rule.bytes = Self.share(of: self.bytes)
        rule.budget = self.budget.map(Self.share)
        return rule
    }

    /// The limits of all other publications: the budget without what announcements may take of it.
    var forPublications: TopicRule {
        guard self.holdsAnnouncements, let budget = self.budget else { return self }
        var rule = self
        rule.budget = budget - Self.share(of: budget)
        return rule
    }

    private static func share(of limit: Int) -> Int {
        limit / self.announcementShare + (limit % self.announcementShare > 0 ? 1 : 0)
    }
}

/// What is known of who is on a topic.
public enum PresencePolicy: String, Sendable, CaseIterable {
    case off
    /// Whoever may subscribe can ask who is there.
    case list
    /// Coming and going are publications of the topic, too.
    case announce
}

/// What happens to a connection that has more bytes waiting than its limit.
public enum SlowReaderPolicy: String, Sendable, CaseIterable, Comparable {
    /// Only the newest publication of each topic from now on, then a gap.
    case latest
    /// Publications are left out until it reads again, then a gap.
    case skip
    /// It reads on from the log; a gap only for what was evicted meanwhile.
    case rewind
    /// It is closed, and comes back with its cursor.
    case disconnect

    private var strictness: Int {
        switch self {
        case .latest: 0
        case .skip: 1
        case .rewind: 2
        case .disconnect: 3
        }
    }

    /// Ordered by strictness: a connection with topics of different rules takes the strictest.
    public static func < (left: Self, right: Self) -> Bool { left.strictness < right.strictness }
}
