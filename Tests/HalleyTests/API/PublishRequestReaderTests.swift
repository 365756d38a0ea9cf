import HalleyHub
import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §4.
@Suite struct PublishRequestReaderTests {
    @Test func takesTheBodyAsTheData() throws {
        let request = Request.make(
            .POST, "/publish?topic=a&topic=b&event=goal", [("Content-Type", "application/json")],
            body: #"{"score":[2,1]}"#)
        let read = try PublishRequestReader.read(request)
        #expect(!read.isBatch)
        let draft = try #require(read.all.first)
        #expect(read.all.count == 1)
        #expect(draft.topics.map(\.name) == ["a", "b"])
        #expect(draft.event.name == "goal")
        #expect(draft.content == (try .json(#"{"score":[2,1]}"#)))
    }

    typealias Case = (query: String, refusal: Refusal?)

    private static let event = Refusal(400, "event_invalid")

    static let queries: [Case] = [
        ("topic=a", nil), ("topic=a&topic=a", nil), ("topic=a&event=", nil), ("topic=a&event=message", nil),
        ("", Refusal(400, "topic_missing")), ("topic=", Refusal(400, "topic_invalid")),
        ("topic=%ff", Refusal(400, "topic_invalid")),
        ("topic=$a", Refusal(400, "topic_reserved")), ("topic=a%0a", Refusal(400, "topic_invalid")),
        (many(16), nil), (many(17), Refusal(400, "too_many_topics")), (many(101), Refusal(400, "too_many_topics")),
        ("topic=a&event=" + String(repeating: "x", count: 255), nil),
        ("topic=a&event=" + String(repeating: "x", count: 256), event),
        ("topic=a&event=a%0db", event), ("topic=a&event=%C2%85", event),
        ("topic=a&event=%ff", Refusal(400, "parameter_invalid")),
        ("topic=a&event=halley:x", event), ("topic=a&event=halley:", event), ("topic=a&event=halley", nil),
        ("topic=a&event=Halley:x", nil), ("topic=a&event=connect", event), ("topic=a&event=connect_error", event),
        ("topic=a&event=disconnect", event), ("topic=a&event=disconnecting", event),
        ("topic=a&event=newListener", event), ("topic=a&event=open", event), ("topic=a&event=error", event),
        ("topic=a&event=Open", nil), ("topic=%ED%A0%BD", Refusal(400, "topic_invalid")),
        ("topic=a&event=removeListener", event), ("topic=a&event=Connect", nil), ("topic=a&event=reconnect", nil),
    ]

    @Test(arguments: queries) func looksAtTopicAndEvent(_ case: Case) {
        let request = Request.make(.POST, "/publish?" + `case`.query, [("Content-Type", "text/plain")], body: "x")
        #expect(Refusal.of { _ = try PublishRequestReader.read(request) } == `case`.refusal)
    }

    private static func many(_ count: Int) -> String {
        (0..<count).map { "topic=t\($0)" }.joined(separator: "&")
    }

    @Test(arguments: [nil, "text/plain", "application/octet-stream"] as [String?])
    func needsATopicForWhatIsNoBatch(_ type: String?) {
        let request = Request.make(
            .POST, "/publish", type.map { [("Content-Type", $0)] } ?? [],
            body: #"{"publications":[{"topic":"a","data":1}]}"#)
        #expect(Refusal.of { _ = try PublishRequestReader.read(request) } == Refusal(400, "topic_missing"))
    }

    /// With a topic it is data, whatever it looks like.
    @Test func takesABatchWithATopicForData() throws {
        let body = #"{"publications":[{"topic":"a","data":1}]}"#
        let request = Request.make(.POST, "/publish?topic=b", [("Content-Type", "application/json")], body: body)
        let read = try PublishRequestReader.read(request)
        #expect(!read.isBatch)
        #expect(read.all.map { String(buffer: $0.content.data) } == [body])
    }
}
