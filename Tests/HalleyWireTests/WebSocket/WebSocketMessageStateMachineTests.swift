import HalleyWire
import NIOCore
import Testing

@Suite struct WebSocketMessageStateMachineTests {
    typealias Machine = WebSocketMessageStateMachine
    typealias Frame = (kind: Machine.Kind?, isFinal: Bool, payload: [UInt8])

    private static func text(_ text: String, final isFinal: Bool = true) -> Frame { (.text, isFinal, Array(text.utf8)) }
    private static func more(_ text: String, final isFinal: Bool = true) -> Frame { (nil, isFinal, Array(text.utf8)) }
    private static func message(_ kind: Machine.Kind, _ text: String) -> Machine.Action {
        .message(kind, ByteBuffer(string: text))
    }

    /// Frames and what comes of each; the limit is 10 bytes.
    static let conversations: [([Frame], [Machine.Action])] = [
        // Whole messages, empty ones too.
        ([text("Hello")], [message(.text, "Hello")]), ([text("")], [message(.text, "")]),
        ([(.binary, true, Array("abc".utf8))], [message(.binary, "abc")]),
        ([text("a"), text("b")], [message(.text, "a"), message(.text, "b")]),
        // Fragments (RFC 6455 §5.4).
        ([text("Hel", final: false), more("lo")], [.none, message(.text, "Hello")]),
        ([(.binary, false, [0x61]), more("b", final: false), more("c")], [.none, .none, message(.binary, "abc")]),
        ([text("", final: false), more("", final: false), more("")], [.none, .none, message(.text, "")]),
        ([text("a", final: false), more("b"), text("c")], [.none, message(.text, "ab"), message(.text, "c")]),
        // A continuation of nothing, a message within a message.
        ([more("x")], [.fail(.protocolError)]), ([more("x", final: false)], [.fail(.protocolError)]),
        ([text("a"), more("b")], [message(.text, "a"), .fail(.protocolError)]),
        ([text("a", final: false), text("b")], [.none, .fail(.protocolError)]),
        ([text("a", final: false), (.binary, true, [])], [.none, .fail(.protocolError)]),
        ([(.binary, false, []), text("b", final: false)], [.none, .fail(.protocolError)]),
        // Text is checked over the fragments' borders, and as early as the fragment that breaks it (§8.1).
        ([(.text, false, [0xe2, 0x82]), (nil, true, [0xac])], [.none, message(.text, "€")]),
        (
            [(.text, false, [0xf0]), (nil, false, [0x9f]), (nil, false, [0x98]), (nil, true, [0x80])],
            [.none, .none, .none, message(.text, "😀")]
        ),
        ([(.text, true, [0xff])], [.fail(.notUTF8)]), ([(.text, false, [0x61, 0xed, 0xa0])], [.fail(.notUTF8)]),
        ([(.text, false, [0xe2, 0x82]), (nil, false, [0x61])], [.none, .fail(.notUTF8)]),
        ([(.text, true, [0xe2, 0x82])], [.fail(.notUTF8)]),
        ([(.text, false, [0xe2, 0x82]), (nil, true, [])], [.none, .fail(.notUTF8)]),
        // Binary data is what it likes.
        ([(.binary, true, [0xff, 0xc0])], [.message(.binary, ByteBuffer(bytes: [0xff, 0xc0]))]),
        // The limit is that of the message.
        ([text("0123456789")], [message(.text, "0123456789")]), ([text("0123456789a")], [.fail(.tooBig)]),
        ([text("01234", final: false), more("56789")], [.none, message(.text, "0123456789")]),
        ([text("01234", final: false), more("56789a")], [.none, .fail(.tooBig)]),
        (
            [text("0123456789", final: false), more("", final: false), more("a", final: false)],
            [.none, .none, .fail(.tooBig)]
        ),
        (
            [text("0123456789", final: false), more(""), text("0123456789")],
            [.none, message(.text, "0123456789"), message(.text, "0123456789")]
        ),
    ]

    @Test(arguments: conversations) func putsFramesTogether(_ frames: [Frame], _ actions: [Machine.Action]) {
        var machine = Machine(maximumLength: 10)
        #expect(frames.map { machine.frame($0.kind, isFinal: $0.isFinal, ByteBuffer(bytes: $0.payload)) } == actions)
    }

    /// RFC 6455 §7.4.1.
    @Test func failsWithACloseCode() {
        #expect([Machine.Failure.protocolError, .notUTF8, .tooBig].map(\.rawValue) == [1002, 1007, 1009])
    }

    @Test func takesAMessageCutAnywhere() {
        let bytes = Array("aé€😀".utf8)
        for pieces in Pieces.all(of: bytes) {
            var machine = Machine(maximumLength: 10)
            var last = Machine.Action.none
            for (index, piece) in pieces.enumerated() {
                #expect(last == .none)
                last = machine.frame(
                    index == 0 ? .text : nil, isFinal: index == pieces.count - 1, ByteBuffer(bytes: piece))
            }
            #expect(last == Self.message(.text, "aé€😀"))
        }
    }
}
