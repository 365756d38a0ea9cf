import HalleyHub
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §5, `GET /sse`.
@Suite struct EventStreamFormatTests {
    @Test func isTheExampleOfTheProtocol() throws {
        let publication = try Publication.make(.json(#"{"score":[2,1]}"#), event: "goal")
        #expect(Self.written(publication) == "id: 4f9c1b7a2e8d3056-128\nevent: goal\ndata: {\"score\":[2,1]}\n\n")
    }

    static let contents: [(Content, String)] = [
        (.text("a"), "data: a\n"), (.text(""), "data: \n"),
        (.text("a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n"),
        (.text("x\n\nid: 9\nevent: forged"), "data: x\ndata: \ndata: id: 9\ndata: event: forged\n"),
        (.text("<a>", type: "text/html"), "data: <a>\n"),
        (.binary(ByteBuffer(bytes: [0x0a, 0x0d, 0xff])), "data: Cg3/\n"),
    ]

    @Test(arguments: contents) func leavesOutTheUsualEvent(_ content: Content, _ data: String) throws {
        #expect(Self.written(try .make(content)) == "id: 4f9c1b7a2e8d3056-128\n" + data + "\n")
    }

    @Test func canHoldTheEnvelope() throws {
        let publication = try Publication.make(.text("a\nb"), event: "goal")
        #expect(
            Self.written(publication, isEnvelope: true) == """
                id: 4f9c1b7a2e8d3056-128
                event: goal
                data: {"id":"4f9c1b7a2e8d3056-128","topic":"news","event":"goal","data":"a\\nb","time":1767225600000}


                """)
    }

    @Test func writesTheIDThatItIsGiven() throws {
        let cursor = try #require(Cursor("0000000000000001-20~000000000abcn10"))
        var buffer = ByteBuffer()
        EventStreamFormat.make(isEnvelope: false, isChunked: false).encode(
            try .make(.text("x")), id: cursor, into: &buffer)
        #expect(String(buffer: buffer) == "id: 0000000000000001-20~000000000abcn10\ndata: x\n\n")
    }

    @Test func isOneChunkAnEvent() throws {
        let block = "id: 4f9c1b7a2e8d3056-128\ndata: x\n\n"
        #expect(Self.written(try .make(.text("x")), isChunked: true) == "22\r\n" + block + "\r\n")
        #expect(block.utf8.count == 0x22)
    }

    /// What differs in bytes must differ in name: frames are shared by it.
    @Test func hasAnIdentityOfItsOwn() {
        let all = [false, true].flatMap { isEnvelope in
            [false, true].map { EventStreamFormat.make(isEnvelope: isEnvelope, isChunked: $0).identity }
        }
        #expect(Set(all).count == 4)
    }

    /// By NIO's client side: events of any size, then the end.
    @Test(arguments: [0, 1, 15, 16, 255, 65536]) func isReadByAnHTTPClient(_ size: Int) throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/sse", headers: ["Host": "localhost"])
        try channel.writeOutbound(HTTPClientRequestPart.head(head))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
        var stream = ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let content = Content.text(String(repeating: "x", count: size))
        let format = EventStreamFormat.make(isEnvelope: false, isChunked: true)
        for _ in 1...2 { format.encode(try .make(content), id: .make(128), into: &stream) }
        EventStreamDialect(format: format, hello: false, retry: 1).writeEnd(.draining, retry: nil, into: &stream)
        try channel.writeInbound(stream)
        var body = ""
        var hasEnded = false
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head): #expect(head.status == .ok)
            case .body(let data): body += String(buffer: data)
            case .end: hasEnded = true
            }
        }
        let block = "id: 4f9c1b7a2e8d3056-128\ndata: \(String(repeating: "x", count: size))\n\n"
        #expect(body == block + block)
        #expect(hasEnded)
    }

    private static func written(_ publication: Publication, isEnvelope: Bool = false, isChunked: Bool = false) -> String
    {
        var buffer = ByteBuffer()
        EventStreamFormat.make(isEnvelope: isEnvelope, isChunked: isChunked)
            .encode(publication, id: publication.id, into: &buffer)
        return String(buffer: buffer)
    }
}
