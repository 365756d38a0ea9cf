import Testing

@testable import HalleyHub

@Suite struct InterestsTests {
    private static func interests(_ names: String...) -> Interests {
        var interests = Interests()
        for (number, name) in names.enumerated() {
            interests.insert(
                LocalTopic(Bench.topic(name), .rewind), Subscriber.Interest(start: UInt64(number), isExact: false))
        }
        return interests
    }

    private func names(_ interests: Interests) -> [String] { interests.topics.map(\.name) }

    @Test func sortedByName() {
        #expect(self.names(Self.interests("b")) == ["b"])
        let interests = Self.interests("c", "a", "d", "b")
        #expect(self.names(interests) == ["a", "b", "c", "d"])
        #expect(interests.map(\.start) == [1, 3, 0, 2])
    }

    @Test func findsWhatItHas() {
        let interests = Self.interests("c", "a")
        #expect(interests[Bench.topic("c")]?.start == 0)
        #expect(interests[Bench.topic("a")]?.start == 1)
        #expect(interests[Bench.topic("b")] == nil)
        #expect(Self.interests("c")[Bench.topic("c")]?.start == 0)
        #expect(Self.interests("c")[Bench.topic("a")] == nil)
        #expect(Interests()[Bench.topic("a")] == nil)
    }

    @Test func onlyOneIsTheOnlyOne() {
        #expect(Interests().only == nil)
        #expect(Self.interests("a").only?.topic.name == "a")
        #expect(Self.interests("a", "b").only == nil)
    }

    @Test func updatesWhatItHas() {
        var interests = Self.interests("a", "b")
        let new = Subscriber.Interest(start: 9, isExact: true)
        #expect(interests.update(Bench.topic("b"), new) == true)
        #expect(interests.update(Bench.topic("c"), new) == false)
        #expect(interests.map(\.start) == [0, 9])
        #expect(interests.map(\.isExact) == [false, true])
        var one = Self.interests("a")
        #expect(one.update(Bench.topic("a"), new) == true)
        #expect(one.map(\.start) == [9])
    }

    private func remove(_ name: String, _ interests: inout Interests) -> Bool {
        interests.remove(Bench.topic(name))?.topic.name == name
    }

    @Test func removesDownToNone() {
        var interests = Self.interests("c", "a", "b")
        #expect(self.remove("b", &interests))
        #expect(!self.remove("b", &interests))
        #expect(self.names(interests) == ["a", "c"])
        #expect(self.remove("a", &interests))
        #expect(interests.only?.topic.name == "c")
        #expect(self.remove("c", &interests))
        #expect(interests.isEmpty)
        #expect(!self.remove("c", &interests))
    }
}
