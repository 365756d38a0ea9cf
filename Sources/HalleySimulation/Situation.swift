/// What runs must have been through for their silence to mean something.
public enum Situation: Int, Sendable, CaseIterable {
    // What is published and handed over.
    case publication, delivery, multiTopicDelivery, replayedDelivery, lateDelivery, exclusion, longTurn
    // How connections begin.
    case attach, startNow, startEarliest, startLast, startAfter, startWithoutTopics
    case resume, resumeElsewhere, resumeAheadOfShard, resumeWithLateMarks, resumeWithStartMarks, resumeWithOtherTopics
    case resumeByJoin
    // How they end.
    case cut, cutWhileCatchingUp, lostTail, diedInside
    // How they go on.
    case turnedLive, rewound, skipped, newestOnly, disconnected, writableInside, heartbeat
    case joinedLive, joinedBehind, caughtUp, leave, leaveWhileLate, leaveWhileCatchingUp, leaveWhileReading
    // What is told as missing.
    case gapEvicted, gapOnTheWay, gapLate, gapEpoch, gapFuture, gapMalformed, gapSkipped, gapByFloor
    // What the log forgets.
    case evictedByCount, evictedByBytes, evictedByAge, evictedByBudget, evictedByTopicCap, forgotten, restart
    // How the engine answers.
    case pageWithinCall, pageLater, pageFailed, pagePartial
    // Where the rules are soft.
    case mayComeAgain, cameAgain, markless
}

/// How often each situation occurred.
public struct Coverage: Sendable {
    private var counts = [Int](repeating: 0, count: Situation.allCases.count)

    public init() {}

    public subscript(situation: Situation) -> Int {
        get { self.counts[situation.rawValue] }
        set { self.counts[situation.rawValue] = newValue }
    }

    public mutating func add(_ other: Coverage) {
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
    }

    /// Those that never occurred.
    public var missing: [Situation] { Situation.allCases.filter { self[$0] == 0 } }

    /// One line for each.
    public var table: String {
        Situation.allCases.map { situation in
            let count = String(self[situation])
            return String(repeating: " ", count: max(0, 12 - count.count)) + count + "  \(situation)"
        }.joined(separator: "\n")
    }
}
