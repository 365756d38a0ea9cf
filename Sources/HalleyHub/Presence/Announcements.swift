import DequeModule

/// Decides when comings and goings are announced, so that a crowd can't flood a topic with them.
///
/// Each topic has a pace of its own: ``burst`` at once, and ``perSecond`` from then on. What is beyond waits, in order, and a
/// client that comes and goes while it waits is not announced at all: so what is announced is true at that moment. Beyond
/// ``maximumWaiting`` changes are left out. A value without lock and clock; times are milliseconds of a steady clock.
struct Announcements {
    static let burst: Int64 = 20
    static let perSecond: Int64 = 10
    /// Of one topic.
    static let maximumWaiting = 256

    /// The virtual scheduling algorithm (ITU-T I.371): one number says how much of the burst is used up.
    private struct Pace {
        private static let interval = 1000 / perSecond
        /// When all that was announced would have been announced, one at a time.
        var end: Int64 = .min
        var waiting: Deque<PresenceTable.Change> = []

        func isIdle(at time: Int64) -> Bool { self.waiting.isEmpty && self.end <= time }

        /// - Returns: whether one more may be announced.
        mutating func take(at time: Int64) -> Bool {
            let begin = max(self.end, time)
            if begin - time > (burst - 1) * Self.interval { return false }
            self.end = begin + Self.interval
            return true
        }
    }

    private var paces: [Topic: Pace] = [:]
    /// The topics of ``paces``, to be looked at in turn.
    private var turns: Deque<Topic> = []
    private var ready: Deque<PresenceTable.Change> = []
    /// Left out, as too many waited.
    private(set) var dropped = 0

    var isEmpty: Bool { self.ready.isEmpty }
    /// Topics whose pace is kept.
    var topicCount: Int { self.paces.count }

    mutating func add(_ change: PresenceTable.Change, at time: Int64) {
        if self.paces[change.topic] == nil { self.turns.append(change.topic) }
        var pace = self.paces.removeValue(forKey: change.topic) ?? Pace()
        self.release(&pace, at: time)
        if pace.waiting.isEmpty, pace.take(at: time) {
            self.ready.append(change)
        } else if let opposite = pace.waiting.firstIndex(where: {
            $0.member.member.client == change.member.member.client
        }) {
            pace.waiting.remove(at: opposite)
        } else if pace.waiting.count < Self.maximumWaiting {
            pace.waiting.append(change)
        } else {
            self.dropped += 1
        }
        self.paces[change.topic] = pace
    }

    /// Makes ready what has waited long enough, and forgets topics where nothing happens.
    /// - Parameter count: how many topics are looked at; ``topicCount`` for all of them.
    mutating func advance(at time: Int64, topics count: Int) {
        for _ in 0..<min(count, self.turns.count) {
            guard let topic = self.turns.popFirst(), var pace = self.paces.removeValue(forKey: topic) else { return }
            self.release(&pace, at: time)
            if pace.isIdle(at: time) { continue }
            self.paces[topic] = pace
            self.turns.append(topic)
        }
    }

    private mutating func release(_ pace: inout Pace, at time: Int64) {
        while !pace.waiting.isEmpty, pace.take(at: time) { self.ready.append(pace.waiting.removeFirst()) }
    }

    /// What is to be announced now, in order.
    mutating func take(atMost count: Int) -> [PresenceTable.Change] {
        let changes = Array(self.ready.prefix(count))
        self.ready.removeFirst(changes.count)
        return changes
    }
}
