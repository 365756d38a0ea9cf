import HalleyHub
import NIOCore
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
        #expect(publication.size == 4 + Publication.framing)
    }

    /// Names and types of a few hundred bytes once cost nothing.
    @Test func namesAndTypesCount() throws {
        let topics = [255, 200].map { Bench.topic(String(repeating: "t", count: $0)) }
        let event = try EventName(String(repeating: "e", count: 255))
        let content = Content.text("four", type: String(repeating: "y", count: 100))
        let draft = try PublicationDraft(
            topics: topics, event: event, content: content, excluding: [SubscriberID(1), SubscriberID(2)])
        let cost = Publication(sequence: 1, epoch: 1, time: 0, draft: draft).cost
        #expect(cost >= 255 + 200 + 255 + 100 + 4 + 2 * 8 + Publication.overhead)
        #expect(cost < 2 * (255 + 200 + 255 + 100) + Publication.overhead)
    }

    /// As much as its storage takes, which may be twice what it holds.
    @Test func dataCountsAsItIsStored() throws {
        let data = ByteBuffer(repeating: 0, count: 1025)
        let draft = try PublicationDraft(topics: [Bench.topic("a")], content: .binary(data))
        let publication = Publication(sequence: 1, epoch: 1, time: 0, draft: draft)
        #expect(publication.cost == publication.data.storageCapacity + Publication.overhead)
    }
}
