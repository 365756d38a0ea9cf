import HalleySimulation
import Testing

@testable import HalleyHub

@Suite struct TopicNamesTests {
    private func names(_ names: [String]) -> TopicNames {
        var all = TopicNames()
        for name in names { all.insert(Bench.topic(name)) }
        return all
    }

    private func page(_ names: TopicNames, prefix: String = "", after: String = "", limit: Int = .max) -> [String] {
        names.page(TopicQuery(prefix: prefix, after: after, limit: limit)).map(\.name)
    }

    @Test func pagesAreSortedByBytes() {
        let names = self.names(["b", "ä", "a", "ab", "B"])
        #expect(self.page(names) == ["B", "a", "ab", "b", "ä"])
        #expect(self.page(names, limit: 2) == ["B", "a"])
        #expect(self.page(names, after: "a", limit: 2) == ["ab", "b"])
        #expect(self.page(names, limit: 0) == [])
        #expect(self.page(names, limit: -1) == [])
        #expect(self.page(TopicNames(), prefix: "a", after: "b") == [])
    }

    /// `after` may lie before, within and behind those that begin with the prefix.
    @Test(arguments: [
        ("", ["b", "b1", "b2"]), ("a", ["b", "b1", "b2"]), ("b", ["b1", "b2"]), ("b1", ["b2"]), ("b11", ["b2"]),
        ("b2", []), ("c", []),
    ])
    func prefixAndAfter(_ after: String, _ expected: [String]) {
        let names = self.names(["a", "b", "b1", "b2", "c"])
        #expect(self.page(names, prefix: "b", after: after) == expected)
    }

    /// As an array that is sorted anew each time, through many splits and joins of chunks.
    @Test(arguments: [UInt64(1), 2, 3]) func agreesWithASortedArray(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var names = TopicNames()
        var model: Set<String> = []
        for round in 0..<6000 {
            let name = "t\(Int.random(in: 0..<3000, using: &random))"
            // First it grows, then it shrinks.
            let isToGo = Int.random(in: 0..<10, using: &random) < (round < 3000 ? 3 : 8)
            if isToGo {
                // Sorted: a set's own order is another in each process.
                guard let known = model.sorted().randomElement(using: &random) else { continue }
                model.remove(known)
                names.remove(Bench.topic(known))
            } else if model.insert(name).inserted {
                names.insert(Bench.topic(name))
            }
            if round % 100 == 0 {
                let after = "t\(Int.random(in: 0..<3000, using: &random))"
                let sorted = model.sorted()
                #expect(self.page(names) == sorted)
                #expect(
                    self.page(names, prefix: "t1", after: after, limit: 7)
                        == Array(sorted.filter { $0.hasPrefix("t1") && $0 > after }.prefix(7)))
            }
        }
        for name in model { names.remove(Bench.topic(name)) }
        #expect(names.isEmpty)
    }
}
