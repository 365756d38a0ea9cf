import HalleyWire
import NIOCore
import Testing

struct WebSocketReaderTests {
    typealias Action = WebSocketReader.Action

    private static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        return [first, 0x80 | UInt8(payload.count)] + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
    }

    private static func cut(_ bytes: [UInt8], by size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    private static func read(_ parts: [[UInt8]], limit: Int = 64, deflate: WebSocketDeflate? = nil) -> [Action] {
        var reader = WebSocketReader(limits: .init(message: limit), deflate: deflate)
        var actions: [Action] = []
        for part in parts {
            reader.append(ByteBuffer(bytes: part))
            while let action = reader.next() { actions.append(action) }
        }
        return actions
    }

    private static func text(_ text: String) -> Action { .message(.text, ByteBuffer(string: text)) }

    private static let talk: [UInt8] =
        frame(0x81, Array("one".utf8)) + frame(0x01, Array("tw".utf8)) + frame(0x89, [7]) + frame(0x80, Array("o".utf8))
        + frame(0x8a, []) + frame(0x82, [])
    private static let said: [Action] = [
        text("one"), .ping(ByteBuffer(bytes: [7])), text("two"), .pong(ByteBuffer()), .message(.binary, ByteBuffer()),
    ]

    @Test(arguments: [1, 2, 3, 5, 7, 1000]) func readsATalkInPiecesOfAnySize(_ size: Int) {
        #expect(Self.read(Self.cut(Self.talk, by: size)) == Self.said)
    }

    @Test func keepsWhatIsNotAskedFor() {
        var reader = WebSocketReader(limits: .init(message: 64), deflate: nil)
        for byte in Self.talk { reader.append(ByteBuffer(bytes: [byte])) }
        for action in Self.said { #expect(reader.next() == action) }
        #expect(reader.next() == nil)
    }

    /// A reader that is at rest may be given up, and a new one read on: the talk must stay the same wherever that is done.
    @Test(arguments: [1, 2, 3, 5, 7, 1000]) func isReplaceableAtRest(_ size: Int) {
        var reader: WebSocketReader?
        var (actions, rests) = ([Action](), 0)
        for part in Self.cut(Self.talk, by: size) {
            var current = reader ?? WebSocketReader(limits: .init(message: 64), deflate: nil)
            current.append(ByteBuffer(bytes: part))
            while let action = current.next() { actions.append(action) }
            reader = current.isAtRest ? nil : current
            rests += current.isAtRest ? 1 : 0
        }
        #expect(actions == Self.said)
        #expect(reader == nil)
        // After “one”, “two”, the pong and the last: a ping inside of “two” is no rest.
        if size == 1 { #expect(rests == 4) }
    }

    @Test func isNeverAtRestWhereItMustNotBeReplaced() {
        var closed = WebSocketReader(limits: .init(message: 64), deflate: nil)
        #expect(closed.isAtRest)
        closed.append(ByteBuffer(bytes: Self.frame(0x88, [])))
        while closed.next() != nil {}
        #expect(!closed.isAtRest)
        let deflate = WebSocketDeflate(
            offers: WebSocketExtension.parse(["permessage-deflate"]), policy: WebSocketDeflate.Policy())
        #expect(!WebSocketReader(limits: .init(message: 64), deflate: deflate).isAtRest)
    }

    @Test func saysNothingAfterAClose() {
        let close = Self.frame(0x88, [0x03, 0xe8])
        #expect(Self.read([close + Self.talk, Self.talk]) == [.close(code: 1000, reason: "")])
    }

    @Test(
        arguments: [
            ([0x83, 0x80], 1002),  // by the decoder
            (frame(0x80, []), 1002),  // by the state machine
            (frame(0x82, [UInt8](repeating: 0, count: 65)), 1009),
        ] as [([UInt8], UInt16)])
    func failsOnce(_ bytes: [UInt8], _ code: UInt16) {
        let actions = Self.read([Self.talk + bytes + Self.talk, Self.talk])
        #expect(actions.count == Self.said.count + 1)
        if case .fail(let failure)? = actions.last { #expect(failure.code == code) } else { Issue.record("\(actions)") }
    }

    /// Where one message has two faults, the first that is seen is told: what arrives alone is judged alone. Found by fuzzing:
    /// a compressed text that is neither UTF-8 nor DEFLATE.
    @Test(arguments: [(22, "the message can't be inflated"), (3, "the text is not UTF-8")])
    func ofTwoFaultsTheFirstSeenIsTold(_ size: Int, _ fault: String) throws {
        let bytes: [UInt8] = [
            0xc1, 0x87, 0x00, 0x00, 0x00, 0x5e, 0xf2, 0x48, 0xcd, 0x00, 0x00, 0x00, 0xde, 0x00, 0xf2, 0x48, 0xcd, 0xc9,
            0xc9, 0x07, 0x00, 0x88,
        ]
        let policy = WebSocketDeflate.Policy(window: 15, mayKeepContext: true)
        let deflate = try #require(WebSocketDeflate(offers: ["permessage-deflate"], policy: policy))
        #expect(Self.read(Self.cut(bytes, by: size), deflate: deflate) == [.fail(WebSocketFailure(1007, fault))])
    }

    /// The same without compression: the second fragment makes the message too big, and is not UTF-8.
    @Test(arguments: [(1000, 1009), (8, 1007)] as [(Int, UInt16)])
    func ofTwoFaultsOfAFragmentTheFirstSeenIsTold(_ size: Int, _ code: UInt16) {
        let bytes = Self.frame(0x01, [0x61]) + Self.frame(0x80, [UInt8](repeating: 0xff, count: 64))
        let actions = Self.read(Self.cut(bytes, by: size))
        #expect(actions.count == 1)
        if case .fail(let failure)? = actions.first {
            #expect(failure.code == code)
        } else {
            Issue.record("\(actions)")
        }
    }

    /// A peer whose reads never end at a frame's end made the buffer grow with all that it had ever sent.
    @Test func memoryDoesNotGrowWithWhatWasRead() {
        var reader = WebSocketReader(limits: .init(message: 64), deflate: nil)
        let frame = Self.frame(0x82, [UInt8](repeating: 1, count: 50))
        reader.append(ByteBuffer(bytes: frame.prefix(3)))
        var count = 0
        for _ in 0..<10_000 {
            reader.append(ByteBuffer(bytes: frame.dropFirst(3) + frame.prefix(3)))
            while reader.next() != nil { count += 1 }
        }
        #expect(count == 10_000)
        #expect(reader.capacity <= 1024, "\(reader.capacity)")
    }
}
