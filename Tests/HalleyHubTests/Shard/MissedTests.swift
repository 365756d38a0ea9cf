import Testing

@testable import HalleyHub

@Suite struct MissedTests {
    private let a = Bench.topic("a")
    private let b = Bench.topic("b")

    private func publication(_ sequence: UInt64, _ topics: [Topic]) throws -> Publication {
        Publication(
            sequence: sequence, epoch: 1, time: 0, draft: try PublicationDraft(topics: topics, content: .text("")))
    }

    @Test func skipKeepsNothing() throws {
        var missed = Missed(keepsNewest: false)
        missed.add(try self.publication(1, [self.a]), topics: [self.a])
        missed.add(try self.publication(2, [self.a, self.b]), topics: [self.a])
        missed.add(try self.publication(3, [self.b]), topics: [self.b])
        #expect(missed.kept.isEmpty)
        #expect(missed.skipped == [self.a: 2, self.b: 3])
    }

    @Test func latestKeepsTheNewestOfEach() throws {
        var missed = Missed(keepsNewest: true)
        for sequence in 1...3 { missed.add(try self.publication(UInt64(sequence), [self.a]), topics: [self.a]) }
        missed.add(try self.publication(4, [self.b]), topics: [self.b])
        #expect(missed.kept.map(\.sequence) == [3, 4])
        #expect(missed.skipped == [self.a: 2])
    }

    @Test func oneOfTwoTopicsIsKeptAsLongAsItIsTheNewestOfOne() throws {
        var missed = Missed(keepsNewest: true)
        missed.add(try self.publication(1, [self.a, self.b]), topics: [self.a, self.b])
        missed.add(try self.publication(2, [self.a]), topics: [self.a])
        #expect(missed.kept.map(\.sequence) == [1, 2])
        #expect(missed.skipped.isEmpty)
        missed.add(try self.publication(3, [self.b]), topics: [self.b])
        #expect(missed.kept.map(\.sequence) == [2, 3])
        #expect(missed.skipped == [self.a: 1, self.b: 1])
    }

    @Test func whatWasLeftIsNeitherKeptNorTold() throws {
        var missed = Missed(keepsNewest: true)
        for sequence in 1...2 { missed.add(try self.publication(UInt64(sequence), [self.a]), topics: [self.a]) }
        missed.leave([self.a])
        #expect(missed.kept.isEmpty)
        #expect(missed.skipped.isEmpty)
    }

    /// Kept for the topic that is left, it was dropped for the other.
    @Test func whatWasKeptForATopicThatWasLeft() throws {
        var missed = Missed(keepsNewest: true)
        missed.add(try self.publication(1, [self.a, self.b]), topics: [self.a, self.b])
        missed.add(try self.publication(2, [self.a]), topics: [self.a])
        missed.leave([self.b])
        #expect(missed.kept.map(\.sequence) == [2])
        #expect(missed.skipped == [self.a: 1])
    }
}
