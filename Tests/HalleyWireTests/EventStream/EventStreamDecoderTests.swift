import HalleyWire
import NIOCore
import Testing

/// WHATWG HTML, "Parsing an event stream" and "Interpreting an event stream".
@Suite struct EventStreamDecoderTests {
    typealias Event = EventStreamDecoder.Event

    private static func message(_ data: String, id: String = "") -> Event {
        .event(name: "message", data: data, id: id)
    }

    static let streams: [(String, [Event])] = [
        // The standard's own examples.
        ("data: YHOO\ndata: +2\ndata: 10\n\n", [message("YHOO\n+2\n10")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [message("first event", id: "1"), message("second event"), message(" third event")]
        ),
        ("data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]),
        ("data:test\n\ndata: test\n\n", [message("test"), message("test")]),
        // Names.
        (
            "event: add\ndata: 7\n\nevent: remove\ndata: 2\n\n",
            [.event(name: "add", data: "7", id: ""), .event(name: "remove", data: "2", id: "")]
        ),
        ("event: a\nevent: b\ndata: x\n\n", [.event(name: "b", data: "x", id: "")]),
        ("event\ndata: x\n\n", [message("x")]),
        ("event: lost\n\ndata: x\n\n", [message("x")]),
        // Field names are literal.
        ("Data: x\n data: x\ndata : x\ndatax: y\nnonsense\n\n", []),
        // A colon belongs to the value from the second on; one space is taken off, a tab is not.
        ("data:a:b\ndata::\ndata:\tc\ndata:\n\n", [message("a:b\n:\n\tc\n")]),
        // Comments.
        (":\n:data: x\n: \n\n", []),
        // Ids: kept from block to block, set by a bare one, ignored with NUL, reset by an empty one.
        ("id: 1\n\ndata: x\n\n", [.id("1"), message("x", id: "1")]),
        ("id: 1\ndata: x\n\nid: a\u{0}b\ndata: y\n\n", [message("x", id: "1"), message("y", id: "1")]),
        ("id: \u{0}\n\n", []),
        (
            "id: 1\ndata: x\n\nid:\ndata: y\n\nid: 2\n\nid\n\n",
            [message("x", id: "1"), message("y"), .id("2"), .id("")]
        ),
        ("id: 1\nid: 2\ndata: x\n\n", [message("x", id: "2")]),
        ("data: x\nid: 1\n\n", [message("x", id: "1")]),
        // Times: digits of ASCII only.
        ("retry: 3000\n\n", [.retry(3000)]), ("retry:0\n", [.retry(0)]),
        (
            "retry: 1.5\nretry: -1\nretry: +1\nretry:  1\nretry: 1 \nretry: a\nretry:\nretry\nretry: ٣\nretry: 0x1\n\n",
            []
        ),
        ("retry: 99999999999999999999999999\n\n", []),
        // Line ends of all sorts.
        ("data: a\r\rdata: b\r\n\r\ndata: c\n\n", [message("a"), message("b"), message("c")]),
        ("data: a\rdata: b\r\ndata: c\ndata: d\r\n\r", [message("a\nb\nc\nd")]),
        ("\n\n\r\r\r\n\r\n", []),
        // A mark at the beginning goes, a second one doesn't, nor one later on.
        ("\u{feff}data: x\n\n", [message("x")]),
        ("\u{feff}\u{feff}data: x\n\n", []),
        ("\u{feff}\ndata: x\n\n", [message("x")]),
        ("data: a\n\n\u{feff}data: x\n\n", [message("a")]),
        ("data: \u{feff}x\n\n", [message("\u{feff}x")]),
        // A block that has not ended is dropped.
        ("data: x\n\nid: 9\ndata: y\n", [message("x")]), ("data: x", []), ("id: 1\n", []),
        ("data: é\u{2028}😀\u{85}\n\n", [message("é\u{2028}😀\u{85}")]),
    ]

    @Test(arguments: streams) func reads(_ stream: String, _ events: [Event]) throws {
        for pieces in Pieces.all(of: Array(stream.utf8)) {
            #expect(try Self.decode(pieces) == events, "\(pieces.map(\.count))")
        }
    }

    @Test func replacesWhatIsNotUTF8() throws {
        let bytes = Array("data: a".utf8) + [0xff, 0xc3, 0x0a, 0x0a]
        for pieces in Pieces.all(of: bytes) {
            #expect(try Self.decode(pieces) == [Self.message("a\u{fffd}\u{fffd}")])
        }
    }

    @Test func dispatchesAtTheCROfAPair() throws {
        var decoder = EventStreamDecoder()
        // Whoever waits for the LF of a CR LF holds the event back.
        #expect(try decoder.decode(ByteBuffer(string: "data: x\r\n\r")) == [Self.message("x")])
        #expect(try decoder.decode(ByteBuffer(string: "\n")) == [])
        #expect(try decoder.decode(ByteBuffer(string: "\n")) == [])
    }

    @Test func refusesALineBeyondTheLimit() throws {
        let limit = 4096
        var decoder = EventStreamDecoder(maximumLength: limit)
        #expect(try decoder.decode(ByteBuffer(repeating: 0x3a, count: limit)) == [])
        var longer = decoder
        #expect(try decoder.decode(ByteBuffer(string: "\ndata: x\n\n")) == [Self.message("x")])
        #expect(throws: EventStreamDecoder.TooLong.self) { try longer.decode(ByteBuffer(string: ":")) }
    }

    @Test func refusesABlockBeyondTheLimit() throws {
        var decoder = EventStreamDecoder(maximumLength: 20)
        #expect(try decoder.decode(ByteBuffer(string: "data: 12345678\n")) == [])
        #expect(throws: EventStreamDecoder.TooLong.self) { try decoder.decode(ByteBuffer(string: "data: 1234567")) }
    }

    static func decode(_ pieces: [[UInt8]]) throws -> [Event] {
        var decoder = EventStreamDecoder()
        return try pieces.flatMap { try decoder.decode(ByteBuffer(bytes: $0)) }
    }
}
