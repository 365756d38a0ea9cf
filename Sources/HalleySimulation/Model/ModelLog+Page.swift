import HalleyHub

extension ModelLog {
    /// What is wrong with an engine's answer; `nil`: nothing.
    func objection(to page: HistoryPage, for query: HistoryQuery) -> String? {
        let through = min(query.through ?? self.newest, self.newest)
        var missing: [Missing] = []
        var starts: [UInt64] = []
        var owed: [UInt64] = []
        for interest in query.interests {
            guard let topic = self.topics.firstIndex(of: interest.topic) else { return "an unknown topic" }
            let start = self.start(interest, topic, &missing)
            starts.append(start)
            for held in self.histories[topic]?.held ?? [] where held.sequence > start && held.sequence <= through {
                if !owed.contains(held.sequence) { owed.append(held.sequence) }
            }
        }
        if page.starts != starts { return "starts \(page.starts) instead of \(starts)" }
        let told = page.missing.map { Missing(topic: $0.topic, mark: $0.mark, reason: $0.reason) }
        if told != missing { return "missing \(page.missing) instead of \(missing)" }
        owed.sort()
        let taken = self.taken(of: owed, query)
        if page.publications.map(\.sequence) != taken {
            return "\(page.publications.map(\.sequence)) instead of \(taken)"
        }
        let isLast = taken.count == owed.count || taken.isEmpty
        if page.isLast != isLast { return "isLast is \(page.isLast)" }
        let reached = isLast ? through : taken.last!
        return page.reached == reached ? nil : "reached \(page.reached) instead of \(reached)"
    }

    private struct Missing: Equatable {
        var topic: Topic
        var mark: UInt64
        var reason: Gap.Reason
    }

    private func taken(of owed: [UInt64], _ query: HistoryQuery) -> [UInt64] {
        var bytes = 0
        var taken: [UInt64] = []
        for sequence in owed where taken.count < query.maximumCount && bytes < query.maximumBytes {
            taken.append(sequence)
            bytes += self.publication(sequence).size
        }
        return taken
    }

    private func start(
        _ interest: HistoryQuery.Interest, _ topic: Int, _ missing: inout [Missing]
    ) -> UInt64 {
        let mark = self.mark(topic)
        switch interest.start {
        case .now: return self.newest
        case .earliest: return mark
        case .last(let count): return self.start(topic, last: count)
        case .after(let sequence) where sequence > self.newest:
            missing.append(Missing(topic: interest.topic, mark: mark, reason: .future))
        case .after(let sequence) where sequence < mark:
            missing.append(Missing(topic: interest.topic, mark: mark, reason: .evicted))
        case .after(let sequence): return sequence
        }
        return mark
    }
}
