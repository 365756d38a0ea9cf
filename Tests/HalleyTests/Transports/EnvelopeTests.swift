import HalleyHub
import NIOCore
import Testing

@testable import Halley

/// `docs/protocol.md` §2.
@Suite struct EnvelopeTests {
    @Test func isTheExampleOfTheProtocol() throws {
        let publication = try Publication.make(.json(#"{"any":"JSON"}"#))
        #expect(
            Self.envelope(publication) == """
                {"id":"4f9c1b7a2e8d3056-128","topic":"news","event":"message","data":{"any":"JSON"},"time":1767225600000}
                """)
    }

    /// What stands after `"data":`, up to the time.
    static let contents: [(Content, String)] = [
        (.text("a"), #""a""#), (.text(""), #""""#), (.text("a\n\"b\"\\\u{1}"), #""a\n\"b\"\\\u0001""#),
        (.text("a", type: "text/plain"), #""a""#), (.text("<a>", type: "text/html"), #""<a>","type":"text/html""#),
        (.binary(ByteBuffer(bytes: [0xff, 0x00])), #""/wA=","encoding":"base64""#),
        (.binary(ByteBuffer(), type: "application/octet-stream"), #""","encoding":"base64""#),
        (.binary(ByteBuffer(string: "foob"), type: "image/png"), #""Zm9vYg==","encoding":"base64","type":"image/png""#),
    ]

    @Test(arguments: contents) func sayWhatTheDataIs(_ content: Content, _ data: String) throws {
        #expect(
            Self.envelope(try .make(content))
                == #"{"id":"4f9c1b7a2e8d3056-128","topic":"news","event":"message","data":"# + data
                + #","time":1767225600000}"#)
    }

    /// As its text, and what it shows as data and type.
    static let values: [(String, String?, String)] = [
        ("[1, 2]", nil, "[1, 2]"), ("null", nil, "null"), ("1.50", "application/json", "1.50"),
        ("{\n\"a\" : 1 }", nil, #"{"a":1}"#),
        // A bare string would else be taken for text.
        (#""text""#, nil, #""text","type":"application/json""#),
        ("{}", "application/ld+json", #"{},"type":"application/ld+json""#),
    ]

    @Test(arguments: values) func takesInJSONAsItIs(_ json: String, _ type: String?, _ data: String) throws {
        let content = try Content.json(ByteBuffer(string: json), type: type)
        #expect(
            Self.envelope(try .make(content))
                == #"{"id":"4f9c1b7a2e8d3056-128","topic":"news","event":"message","data":"# + data
                + #","time":1767225600000}"#)
    }

    @Test func namesItsFirstTopicAndItsEvent() throws {
        let publication = try Publication.make(.text("x"), topics: [#"a "quoted" é"#, "b"], event: #"go\al"#)
        #expect(
            Self.envelope(publication, id: .make(9)) == """
                {"id":"4f9c1b7a2e8d3056-9","topic":"a \\"quoted\\" é","event":"go\\\\al","data":"x","time":1767225600000}
                """)
    }

    @Test func writesGaps() throws {
        var buffer = ByteBuffer()
        buffer.writeGap(
            Gap(topics: [try Topic("news"), try Topic("a\"b")], after: "no \"cursor\"", reason: .malformed))
        #expect(String(buffer: buffer) == #"{"topics":["a\"b","news"],"after":"no \"cursor\"","reason":"malformed"}"#)
    }

    @Test(arguments: zip(Gap.Reason.allCases, ["evicted", "epoch", "future", "malformed", "skipped"]))
    func writesReasons(_ reason: Gap.Reason, _ word: String) throws {
        var buffer = ByteBuffer()
        buffer.writeGap(Gap(topics: [try Topic("news")], after: "4f9c1b7a2e8d3056-5", reason: reason))
        #expect(String(buffer: buffer) == #"{"topics":["news"],"after":"4f9c1b7a2e8d3056-5","reason":""# + word + "\"}")
    }

    private static func envelope(_ publication: Publication, id: Cursor? = nil) -> String {
        var buffer = ByteBuffer()
        buffer.writeEnvelope(publication, id: id ?? publication.id)
        return String(buffer: buffer)
    }
}
