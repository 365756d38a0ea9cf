import HalleyHub
import Testing

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

    @Test func policiesAreOrderedByStrictness() {
        #expect(SlowReaderPolicy.allCases.sorted() == [.latest, .skip, .rewind, .disconnect])
    }
}
