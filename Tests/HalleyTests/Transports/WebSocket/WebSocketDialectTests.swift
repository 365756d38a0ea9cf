import HalleyHub
import NIOCore
import Testing

@testable import Halley

/// `docs/protocol.md` §5, `GET /ws`, and §9.
@Suite struct WebSocketDialectTests {
    private static let topics = [try! Topic("news"), try! Topic("a\"b")]
    private static let gap = Gap(topics: [topics[0]], after: "4f9c1b7a2e8d3056-5", reason: .evicted)

    static let notices: [(Notice, Bool, String?)] = [
        (.hello(.make(127)), true, #"{"hello":{"cursor":"4f9c1b7a2e8d3056-127"}}"#), (.hello(.make(127)), false, nil),
        (
            .gap(gap, id: .make(9)), false,
            #"{"gap":{"topics":["news"],"after":"4f9c1b7a2e8d3056-5","reason":"evicted"},"id":"4f9c1b7a2e8d3056-9"}"#
        ),
        (.caughtUp(topics, id: .make(9)), false, #"{"caughtUp":{"topics":["news","a\"b"]},"id":"4f9c1b7a2e8d3056-9"}"#),
        (.joined(topics, id: .make(9)), true, nil),
    ]

    /// As one text message each, whatever the format of the publications.
    @Test(arguments: notices) func writesNotices(_ notice: Notice, _ hello: Bool, _ text: String?) {
        for isRaw in [false, true] {
            var buffer = ByteBuffer()
            WebSocketDialect(isRaw: isRaw, hello: hello).write(notice, into: &buffer)
            #expect(Array(buffer.readableBytesView) == (text.map(Self.textFrame) ?? []))
        }
    }

    @Test func beatsOnlyWhereItIsWanted() {
        var quiet = ByteBuffer()
        WebSocketDialect(isRaw: false, hello: false).writeHeartbeat(.make(130), into: &quiet)
        #expect(quiet.readableBytes == 0)
        var told = ByteBuffer()
        WebSocketDialect(isRaw: false, hello: true).writeHeartbeat(.make(130), into: &told)
        #expect(Array(told.readableBytesView) == Self.textFrame(#"{"cursor":"4f9c1b7a2e8d3056-130"}"#))
    }

    static let ends: [(CloseReason, UInt16, String)] = [
        (.clientClosed, 1000, "client closed"), (.draining, 1001, "retry=1234"), (.slowReader, 4002, "slow reader"),
        (.peerSilent, 4003, "peer silent"), (.stalled, 4004, "stalled"), (.idle, 1000, "idle"),
        (.protocolError, 1002, "protocol error"), (.messageTooBig, 1009, "message too big"),
        (.notAllowed, 1008, "not allowed"),
        (.responseComplete, 1000, "response complete"), (.internalError, 1011, "internal error"),
        (.overloaded, 1013, "retry=1234"),
    ]

    @Test(arguments: ends) func endsWithACloseFrame(_ reason: CloseReason, _ code: UInt16, _ text: String) {
        var buffer = ByteBuffer()
        WebSocketDialect(isRaw: false, hello: false).writeEnd(reason, retry: 1234, into: &buffer)
        let payload = [UInt8(code >> 8), UInt8(code & 255)] + Array(text.utf8)
        #expect(Array(buffer.readableBytesView) == [0x88, UInt8(payload.count)] + payload)
    }

    /// RFC 6455 §5.5: a control frame has at most 125 bytes. §7.4: codes of one's own are 4000–4999.
    @Test func hasACloseFrameForEveryReason() {
        for reason in CloseReason.all {
            var buffer = ByteBuffer()
            WebSocketDialect(isRaw: false, hello: false).writeEnd(reason, retry: 999_999, into: &buffer)
            #expect((2...127).contains(buffer.readableBytes), "\(reason)")
        }
    }

    @Test func closesWithoutACodeWhereTheClientGaveNone() {
        var buffer = ByteBuffer()
        WebSocketDialect.writeClose(nil, "", into: &buffer)
        #expect(Array(buffer.readableBytesView) == [0x88, 0x00])
    }

    private static func textFrame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + Array(text.utf8) }
}
