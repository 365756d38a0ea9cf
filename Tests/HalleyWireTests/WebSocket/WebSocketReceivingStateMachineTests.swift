import HalleyWire
import NIOCore
import Testing

struct WebSocketReceivingStateMachineTests {
    typealias Action = WebSocketReceivingStateMachine.Action

    private static func piece(
        _ opcode: WebSocketOpcode, _ payload: [UInt8] = [], final: Bool = true, start: Bool = true, end: Bool = true,
        compressed: Bool = false
    ) -> WebSocketPiece {
        WebSocketPiece(
            opcode: opcode, isFinal: final, isCompressed: compressed, isStart: start, isEnd: end,
            payload: ByteBuffer(bytes: payload))
    }

    private static func feed(
        _ pieces: [WebSocketPiece], limit: Int = 16, fragments: Int = 4, inflater: MessageInflater? = nil
    ) -> [Action] {
        var machine = WebSocketReceivingStateMachine(
            limits: .init(message: limit, fragments: fragments), inflater: inflater)
        return pieces.map { machine.piece($0) }
    }

    @Test func putsFragmentsTogetherWithAPingInBetween() {
        let actions = Self.feed([
            Self.piece(.text, Array("Hel".utf8), final: false), Self.piece(.ping, [7]),
            Self.piece(.continuation, Array("lo".utf8)), Self.piece(.binary, [1, 2]),
        ])
        #expect(
            actions == [
                .none, .ping(ByteBuffer(bytes: [7])), .message(.text, ByteBuffer(string: "Hello")),
                .message(.binary, ByteBuffer(bytes: [1, 2])),
            ])
    }

    @Test(arguments: [
        [Self.piece(.continuation, [1])],
        [Self.piece(.text, [0x61], final: false), Self.piece(.text, [0x61])],
        [Self.piece(.binary, [1], final: false), Self.piece(.text, [0x61])],
        [Self.piece(.text, [1], compressed: true)],
        [Self.piece(.close, [0x03])],
        [Self.piece(.close, [0x03, 0xec])],  // 1004
        [Self.piece(.close, [0x03, 0xed])],  // 1005
        [Self.piece(.close, [0x03, 0xee])],  // 1006
        [Self.piece(.close, [0x03, 0xf7])],  // 1015
        [Self.piece(.close, [0x03, 0xe7])],  // 999
        [Self.piece(.close, [0x13, 0x88])],  // 5000
    ])
    func refusesWith1002(_ pieces: [WebSocketPiece]) { #expect(Self.code(Self.feed(pieces).last) == 1002) }

    @Test func refusesTextAtThePieceThatBreaksIt() {
        // U+D800 is cut off at its second byte: no third one could mend it.
        let actions = Self.feed([
            Self.piece(.text, [0x61, 0xed], final: false, end: false),
            Self.piece(.text, [0xa0], final: false, start: false, end: false),
        ])
        #expect(actions.first == Action.none)
        #expect(Self.code(actions.last) == 1007)
        #expect(Self.code(Self.feed([Self.piece(.text, [0xce])]).last) == 1007)
        #expect(Self.code(Self.feed([Self.piece(.close, [0x03, 0xe8, 0xff])]).last) == 1007)
    }

    @Test func limitsMessagesAndFragments() {
        let sixteen = [UInt8](repeating: 0x61, count: 16)
        #expect(Self.feed([Self.piece(.binary, sixteen)]) == [.message(.binary, ByteBuffer(bytes: sixteen))])
        #expect(Self.code(Self.feed([Self.piece(.binary, sixteen + [1])]).last) == 1009)
        let empty = Self.piece(.continuation, final: false)
        #expect(Self.feed([Self.piece(.binary, final: false), empty, empty, empty]).allSatisfy { $0 == .none })
        #expect(Self.code(Self.feed([Self.piece(.binary, final: false), empty, empty, empty, empty]).last) == 1009)
    }

    @Test func closesOnceAndIsDeafThen() {
        let actions = Self.feed([
            Self.piece(.close, [0x03, 0xe8] + Array("bye".utf8)), Self.piece(.text, [0xff]), Self.piece(.close),
        ])
        #expect(actions == [.close(code: 1000, reason: "bye"), .none, .none])
        #expect(Self.feed([Self.piece(.close)]) == [.close(code: nil, reason: "")])
    }

    @Test func inflatesInAnyPieces() {
        let message = ByteBuffer(string: String(repeating: "halley ", count: 40))
        let bytes = Array(Deflater(windowBits: 12, keepsContext: false).deflate(message).readableBytesView)
        let pieces = bytes.enumerated().map { index, byte in
            Self.piece(
                .text, [byte], start: index == 0, end: index == bytes.count - 1, compressed: true)
        }
        let inflater = MessageInflater(windowBits: 15, keepsContext: false)
        #expect(Self.feed(pieces, limit: 280, inflater: inflater).last == .message(.text, message))
        #expect(Self.code(Self.feed(pieces, limit: 279, inflater: inflater).last { $0 != .none }) == 1009)
    }

    @Test func stopsABombAtTheLimit() {
        let bomb = Deflater(windowBits: 15, keepsContext: false).deflate(ByteBuffer(repeating: 0, count: 64 << 20))
        let inflater = MessageInflater(windowBits: 15, keepsContext: false)
        let piece = Self.piece(.binary, Array(bomb.readableBytesView), compressed: true)
        #expect(Self.code(Self.feed([piece], limit: 1 << 16, inflater: inflater).last) == 1009)
    }

    private static func code(_ action: Action?) -> UInt16? {
        if case .fail(let failure)? = action { failure.code } else { nil }
    }
}
