import Testing

@testable import HalleyHub

@Suite struct TopicRulesTests {
    @Test func longestPrefixDecides() {
        let rules = TopicRules([TopicRule(prefix: "a"), TopicRule(prefix: "a/b/"), TopicRule(prefix: "a/")])
        let prefixes = ["a/b/c", "a/b", "a/", "a", "ab", "b", "ä"].map { rules.rule(for: Bench.topic($0)).prefix }
        #expect(prefixes == ["a/b/", "a/", "a/", "a", "a", "", ""])
    }

    @Test func comparesBytesAndNotCharacters() {
        // "e" and a combining accent are one character, but the prefix is one of bytes.
        let rules = TopicRules([TopicRule(prefix: "e")])
        #expect(rules.rule(for: Bench.topic("e\u{301}")).prefix == "e")
    }

    @Test func anEmptyPrefixReplacesTheDefault() {
        var rule = TopicRule(prefix: "")
        rule.count = 7
        let rules = TopicRules([rule])
        #expect(rules.all.count == 1)
        #expect(rules.rule(for: Bench.topic("x")).count == 7)
    }

    @Test func rulesShareTheBudget() {
        var own = TopicRule(prefix: "own")
        own.budget = 400
        let shared = TopicRules([own, TopicRule(prefix: "b")], budget: 1000)
        #expect(shared.all.map(\.budget) == [300, 400, 300])
        own.budget = 2000
        #expect(TopicRules([own], budget: 1000).all.map(\.budget) == [0, 2000])
    }

    /// Their sum once ended the process.
    @Test func budgetsBeyondAllNumbersLeaveNothing() {
        let rules = ["a", "b", "c"].map { prefix in
            var rule = TopicRule(prefix: prefix)
            rule.budget = .max
            return rule
        }
        #expect(TopicRules(rules, budget: .max).all.map(\.budget) == [0, .max, .max, .max])
        #expect(TopicRules(budget: .min).all.map(\.budget) == [0])
    }

    @Test(arguments: [(0, 0), (1, 1), (8, 1), (9, 2), (1000, 125), (.max, .max / 8 + 1)])
    func announcementsHaveAPartOfTheLimits(_ limit: Int, _ part: Int) {
        var rule = TopicRule(prefix: "")
        (rule.count, rule.bytes, rule.budget, rule.presence) = (limit, limit, limit, .announce)
        let announcements = rule.forAnnouncements
        #expect([announcements.count, announcements.bytes, announcements.budget] == [part, part, part])
        #expect([rule.forPublications.count, rule.forPublications.bytes] == [limit, limit])
        #expect(rule.forPublications.budget == limit - part)
        rule.presence = .list
        #expect(rule.forPublications.budget == limit)
    }

    @Test func policiesAreOrderedByStrictness() {
        #expect(SlowReaderPolicy.allCases.sorted() == [.latest, .skip, .rewind, .disconnect])
    }
}
