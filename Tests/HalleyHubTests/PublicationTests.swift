import HalleyHub
import Testing

@Suite struct PublicationTests {
    private func draft(_ count: Int) throws -> PublicationDraft {
        try PublicationDraft(topics: (0..<count).map { Bench.topic("\($0)") }, content: .text(""))
    }

    @Test func numberOfTopics() throws {
        #expect(throws: DraftError.noTopic) { try self.draft(0) }
        #expect(try self.draft(1).topics.count == 1)
        #expect(try self.draft(16).topics.count == 16)
        #expect(throws: DraftError.tooManyTopics(17)) { try self.draft(17) }
    }

    @Test func aTopicNamedTwiceCountsOnce() throws {
        let names = (0..<16).map { "\($0)" } + ["0", "3"]
        let draft = try PublicationDraft(topics: names.map(Bench.topic), content: .text(""))
        #expect(draft.topics.map(\.name) == (0..<16).map { "\($0)" })
    }

    @Test func idAndCost() throws {
        let draft = try PublicationDraft(topics: [Bench.topic("a"), Bench.topic("b")], content: .text("four"))
        let publication = Publication(sequence: 7, epoch: 1, time: 3, draft: draft)
        #expect(publication.id == Cursor(epoch: 1, sequence: 7))
        #expect(publication.topic.name == "a")
        #expect(publication.cost == 4 + Publication.overhead)
    }
}
