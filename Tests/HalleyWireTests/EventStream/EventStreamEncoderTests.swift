import HalleyWire
import NIOCore
import Testing

@Suite struct EventStreamEncoderTests {
    static let data = [
        ("", "data: \n"), ("a", "data: a\n"), (" a", "data:  a\n"), ("a\nb", "data: a\ndata: b\n"),
        ("a\rb", "data: a\ndata: b\n"), ("a\r\nb", "data: a\ndata: b\n"), ("a\n\rb", "data: a\ndata: \ndata: b\n"),
        ("a\r\rb", "data: a\ndata: \ndata: b\n"), ("a\r\n\nb", "data: a\ndata: \ndata: b\n"),
        ("a\nb\rc\r\nd", "data: a\ndata: b\ndata: c\ndata: d\n"), ("\n", "data: \ndata: \n"),
        ("\r\n", "data: \ndata: \n"),
        ("\r", "data: \ndata: \n"), ("a\n", "data: a\ndata: \n"), ("a\r", "data: a\ndata: \n"),
        ("a\r\n", "data: a\ndata: \n"), ("a\u{2028}b\u{85}\u{b}", "data: a\u{2028}b\u{85}\u{b}\n"), (":", "data: :\n"),
    ]

    @Test(arguments: data) func splitsDataAtEveryLineEnd(_ text: String, _ block: String) {
        #expect(Self.encoded(text) == block)
    }

    static let forgeries = [
        "x\n\nevent: forged\ndata: y\n\n", "x\r\revent: forged\rdata: y\r\r", "x\r\n\r\nid: 9\r\nretry: 1\r\n\r\n",
        "\nid: 9", "\rretry: 1", "\r\n: comment\n\r\n", "x\nid\n",
    ]

    /// No line of it is anything but data.
    @Test(arguments: forgeries) func cannotBeginAFieldOfItsOwn(_ text: String) throws {
        #expect(Self.encoded(text).utf8.split(separator: 0x0a).allSatisfy { $0.starts(with: "data: ".utf8) })
        var decoder = EventStreamDecoder()
        let events = try decoder.decode(ByteBuffer(string: Self.encoded(text) + "\n"))
        #expect(events.count == 1)
        guard case .event(name: "message", data: _, id: "")? = events.first else {
            Issue.record("\(events)")
            return
        }
    }

    @Test func writesAField() {
        var buffer = ByteBuffer()
        buffer.writeEventStreamField("event", "goal")
        buffer.writeEventStreamField("id", "")
        #expect(String(buffer: buffer) == "event: goal\nid: \n")
    }

    private static func encoded(_ text: String) -> String {
        var buffer = ByteBuffer()
        ByteBuffer(string: text).withUnsafeReadableBytes { buffer.writeEventStreamData($0) }
        return String(buffer: buffer)
    }
}
