import HalleyHub
import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §4: batches.
@Suite struct PublishBatchTests {
    @Test func isTheExampleOfTheProtocol() throws {
        let drafts = try Self.read(
            """
            {"publications":[
              {"topic":"news","data":"text"},
              {"topics":["a","b"],"event":"goal","data":{"score":[2,1]}},
              {"topic":"image","data":"iVBORw0KGgo=","encoding":"base64","type":"image/png"}]}
            """)
        #expect(drafts.map { $0.topics.map(\.name) } == [["news"], ["a", "b"], ["image"]])
        #expect(drafts.map(\.event.name) == ["message", "goal", "message"])
        let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        #expect(
            drafts.map(\.content) == [
                .text("text"), try .json(#"{"score":[2,1]}"#), .binary(ByteBuffer(bytes: png), type: "image/png"),
            ])
    }

    typealias Entry = (members: String, content: Content)

    static let entries: [Entry] = [
        (#""data":"a\nb""#, .text("a\nb")), (#""data":"","type":"text/plain""#, .text("")),
        (#""data":"<a>","type":"Text/HTML""#, .text("<a>", type: "text/html")),
        (#""data":null"#, try! .json("null")), (#""data":[1, 2]"#, try! .json("[1, 2]")),
        (#""data":-1.50"#, try! .json("-1.50")),
        (#""data":"\"x\"","type":"application/json""#, try! .json(#""\"x\"""#)),
        (#""data":{},"type":"application/ld+json""#, try! .json(ByteBuffer(string: "{}"), type: "application/ld+json")),
        (#""data":"Zm9v","encoding":"base64""#, .binary(ByteBuffer(string: "foo"))),
        (#""data":"","encoding":"base64","type":"application/octet-stream""#, .binary(ByteBuffer())),
        (#""data":1,"data":2,"unknown":true"#, try! .json("2")),
    ]

    @Test(arguments: entries) func takesData(_ entry: Entry) throws {
        #expect(try Self.read(#"{"publications":[{"topic":"a",\#(entry.members)}]}"#).map(\.content) == [entry.content])
    }

    typealias Names = (members: String, topics: [String])

    /// All that an entry names, each once.
    static let names: [Names] = [
        (#""topic":"a","topics":["b","c"]"#, ["a", "b", "c"]), (#""topics":["b","a"],"topic":"a""#, ["a", "b"]),
        (#""topic":"a","topics":[]"#, ["a"]), (#""topic":null,"topics":["b"]"#, ["b"]),
        (#""topic":"a","topics":null"#, ["a"]), (#""topics":["a","b","a"]"#, ["a", "b"]),
        (#""topic":"\ud83d\ude00""#, ["😀"]),
    ]

    @Test(arguments: names) func takesAllTopics(_ names: Names) throws {
        let drafts = try Self.read(#"{"publications":[{\#(names.members),"data":1}]}"#)
        #expect(drafts.map { $0.topics.map(\.name) } == [names.topics])
    }

    @Test func takesNullForALeftOutMember() throws {
        let entry = #"{"topic":"a","event":null,"type":null,"encoding":null,"data":"x"}"#
        let drafts = try Self.read(#"{"publications":[\#(entry)]}"#)
        #expect(drafts.map(\.event) == [.message] && drafts.map(\.content) == [.text("x")])
    }

    typealias Fault = (body: String, code: String)

    static let faults: [Fault] = [
        ("", "json_invalid"), ("{", "json_invalid"), ("{\"publications\":[]}x", "json_invalid"),
        ("[]", "batch_invalid"), ("{}", "batch_invalid"),
        (#"{"publications":{}}"#, "batch_invalid"), (#"{"publications":[]}"#, "batch_invalid"),
        (#"{"publications":[1]}"#, "batch_invalid"),
        (entry(#""topic":"a""#), "batch_invalid"), (entry(#""data":1"#), "topic_missing"),
        (entry(#""topics":[],"data":1"#), "topic_missing"),
        (entry(#""topic":1,"data":1"#), "batch_invalid"), (entry(#""topics":[1],"data":1"#), "batch_invalid"),
        (entry(#""topic":"","data":1"#), "topic_invalid"), (entry(#""topic":"$a","data":1"#), "topic_reserved"),
        (entry(#""topic":"\u0000","data":1"#), "topic_invalid"),
        (entry(#""topic":"a","event":"connect","data":1"#), "event_invalid"),
        (entry(#""topic":"a","event":"open","data":1"#), "event_invalid"),
        (entry(#""topic":"a","event":"error","data":1"#), "event_invalid"),
        (entry(#""topic":"a","topics":["$b"],"data":1"#), "topic_reserved"),
        (entry(#""topic":"$a","topics":["b"],"data":1"#), "topic_reserved"),
        (entry(#""topic":"\ud83d","data":1"#), "json_invalid"),
        (entry(#""topic":"a","data":"\ud83d""#), "json_invalid"),
        (entry(#""topic":"a","event":"\ude00","data":1"#), "json_invalid"),
        (entry(#""topic":"a","data":{"b":["\ud83d"]}"#), "json_invalid"),
        (entry(#""topic":"a","event":1,"data":1"#), "batch_invalid"),
        (entry(#""topic":"a","data":1,"type":1"#), "batch_invalid"),
        (entry(#""topic":"a","data":"Zg=","encoding":"base64""#), "batch_invalid"),
        (entry(#""topic":"a","data":"Zg==","encoding":"hex""#), "batch_invalid"),
        (entry(#""topic":"a","data":1,"encoding":"base64""#), "batch_invalid"),
        (entry(#""topic":"a","data":"","encoding":1"#), "batch_invalid"),
        (
            entry(#""topics":["# + (0..<17).map { "\"t\($0)\"" }.joined(separator: ",") + #"],"data":1"#),
            "too_many_topics"
        ),
    ]

    /// Taken whole or not at all: good ones around don't help.
    @Test(arguments: faults) func refuses(_ fault: Fault) {
        #expect(Refusal.of { _ = try Self.read(fault.body) } == Refusal(400, fault.code))
    }

    private static func entry(_ members: String) -> String {
        #"{"publications":[{"topic":"good","data":1},{\#(members)},{"topic":"good","data":1}]}"#
    }

    @Test func saysWhichOneIsWrong() throws {
        let error = try #require(throws: RequestError.self) { try Self.read(Self.entry(#""topic":"a""#)) }
        #expect(error.message.contains("Publication 1 "))
    }

    @Test(arguments: [("$x", "“$x”"), (String(repeating: "x", count: 256), "“xxx"), ("a\u{1}b", "“a\\u{01}b”")])
    func saysWhichTopicIsWrong(_ name: String, _ shown: String) throws {
        let error = try #require(throws: RequestError.self) {
            _ = try Self.read(
                Self.entry(#""topic":"a","topics":["b","\#(name == "a\u{1}b" ? "a\\u0001b" : name)"],"data":1"#))
        }
        #expect(error.message.contains(shown), "\(error.message)")
        #expect(error.message.utf8.count < 400)
    }

    @Test(arguments: [(1000, true), (1001, false)]) func takesSoMany(_ count: Int, _ isAllowed: Bool) {
        let body =
            #"{"publications":["# + Array(repeating: #"{"topic":"a","data":1}"#, count: count).joined(separator: ",")
            + "]}"
        #expect(Refusal.of { _ = try Self.read(body) } == (isAllowed ? nil : Refusal(400, "batch_invalid")))
    }

    /// Data may be 64 deep, as elsewhere.
    @Test(arguments: [(64, true), (65, false)]) func takesDataSoDeep(_ depth: Int, _ isAllowed: Bool) {
        let data = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let refusal = Refusal.of { _ = try Self.read(#"{"publications":[{"topic":"a","data":\#(data)}]}"#) }
        #expect(refusal == (isAllowed ? nil : Refusal(400, "json_invalid")))
    }

    private static func read(_ body: String) throws -> [PublicationDraft] {
        let request = Request.make(.POST, "/publish", [("Content-Type", "application/json")], body: body)
        let read = try PublishRequestReader.read(request)
        #expect(read.isBatch)
        return read.all
    }
}
