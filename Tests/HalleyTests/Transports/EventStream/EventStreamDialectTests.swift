import HalleyHub
import NIOCore
import Testing

@testable import Halley

/// `docs/protocol.md` §5, `GET /sse`.
@Suite struct EventStreamDialectTests {
    private static let gap = Gap(topics: [try! Topic("news")], after: "4f9c1b7a2e8d3056-5", reason: .evicted)

    static let notices: [(Notice, Bool, String)] = [
        // A bare id primes `Last-Event-ID`.
        (.hello(.make(127)), false, "retry: 3000\nid: 4f9c1b7a2e8d3056-127\n\n"),
        (
            .hello(.make(127)), true,
            "retry: 3000\nid: 4f9c1b7a2e8d3056-127\nevent: halley:hello\ndata: 4f9c1b7a2e8d3056-127\n\n"
        ),
        (
            .gap(gap, id: .make(9)), false,
            "id: 4f9c1b7a2e8d3056-9\nevent: halley:gap\n"
                + "data: {\"topics\":[\"news\"],\"after\":\"4f9c1b7a2e8d3056-5\",\"reason\":\"evicted\"}\n\n"
        ),
        (.joined([try! Topic("news")], id: .make(9)), true, ""),
        (.caughtUp([try! Topic("news")], id: .make(9)), true, ""),
    ]

    @Test(arguments: notices) func writesNotices(_ notice: Notice, _ hello: Bool, _ text: String) {
        var plain = ByteBuffer()
        Self.dialect(hello: hello).write(notice, into: &plain)
        #expect(String(buffer: plain) == text)
        var chunked = ByteBuffer()
        Self.dialect(hello: hello, isChunked: true).write(notice, into: &chunked)
        let chunk = text.isEmpty ? "" : String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
        #expect(String(buffer: chunked) == chunk)
    }

    @Test func beatsByABareID() {
        var buffer = ByteBuffer()
        Self.dialect(hello: false).writeHeartbeat(.make(130), into: &buffer)
        #expect(String(buffer: buffer) == "id: 4f9c1b7a2e8d3056-130\n\n")
    }

    @Test func beatsByAnEventWhereScriptsWantIt() {
        var buffer = ByteBuffer()
        Self.dialect(hello: true).writeHeartbeat(.make(130), into: &buffer)
        #expect(
            String(buffer: buffer)
                == "id: 4f9c1b7a2e8d3056-130\nevent: halley:cursor\ndata: 4f9c1b7a2e8d3056-130\n\n")
    }

    /// A `retry:` that spreads the clients' return, and a comment for people.
    @Test func endsWithATimeToComeBack() {
        var buffer = ByteBuffer()
        Self.dialect(hello: false).writeEnd(.draining, retry: 4711, into: &buffer)
        #expect(String(buffer: buffer) == "retry: 4711\n: 4001 server draining\n\n")
    }

    @Test func endsAChunkedBody() {
        var buffer = ByteBuffer()
        let dialect = Self.dialect(hello: false, isChunked: true)
        dialect.writeEnd(.overloaded, retry: 1, into: &buffer)
        #expect(String(buffer: buffer) == "1c\r\nretry: 1\n: 4005 overloaded\n\n\r\n0\r\n\r\n")
        var quiet = ByteBuffer()
        dialect.writeEnd(.stalled, retry: nil, into: &quiet)
        #expect(String(buffer: quiet) == "0\r\n\r\n")
        var plain = ByteBuffer()
        Self.dialect(hello: false).writeEnd(.stalled, retry: nil, into: &plain)
        #expect(plain.readableBytes == 0)
    }

    private static func dialect(hello: Bool, isChunked: Bool = false) -> EventStreamDialect {
        EventStreamDialect(
            format: EventStreamFormat.make(isEnvelope: false, isChunked: isChunked), hello: hello, retry: 3000)
    }
}
