import HalleyWire
import NIOCore
import Testing

@Suite struct WebSocketFrameWriterTests {
    typealias Opcode = WebSocketOpcode

    /// RFC 6455 §5.7: the unmasked ones.
    @Test func writesTheExamplesOfTheRFC() {
        let hello = Array("Hello".utf8)
        #expect(Self.frame(.text, hello) == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        #expect(Self.frame(.ping, hello) == [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        let small = [UInt8](repeating: 7, count: 256)
        #expect(Self.frame(.binary, small) == [0x82, 0x7e, 0x01, 0x00] + small)
        let large = [UInt8](repeating: 7, count: 65536)
        #expect(Self.frame(.binary, large) == [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0] + large)
    }

    /// RFC 6455 §5.2: the shortest form of the length.
    static let lengths: [(Int, [UInt8])] = [
        (0, [0x00]), (1, [0x01]), (125, [0x7d]), (126, [0x7e, 0x00, 0x7e]), (127, [0x7e, 0x00, 0x7f]),
        (65535, [0x7e, 0xff, 0xff]), (65536, [0x7f, 0, 0, 0, 0, 0, 1, 0, 0]), (65537, [0x7f, 0, 0, 0, 0, 0, 1, 0, 1]),
    ]

    @Test(arguments: lengths) func writesTheShortestLength(_ count: Int, _ length: [UInt8]) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(Self.frame(.binary, payload) == [0x82] + length + payload)
    }

    @Test(
        arguments: [
            (Opcode.text, 0x81), (.binary, 0x82), (.close, 0x88), (.ping, 0x89), (.pong, 0x8a),
        ] as [(Opcode, UInt8)])
    func isFinalAndUnmasked(_ opcode: Opcode, _ first: UInt8) {
        #expect(Self.frame(opcode, [0x61]) == [first, 0x01, 0x61])
    }

    /// RFC 6455 §5.7: the masked pong.
    @Test func masksTheControlFramesOfAClient() {
        var buffer = ByteBuffer(bytes: [0xaa])
        buffer.writeMaskedControlFrame(.pong, ByteBuffer(string: "Hello"), key: 0x37fa_213d)
        #expect(
            Array(buffer.readableBytesView)
                == [0xaa, 0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
    }

    @Test(arguments: [0, 1, 4, 125]) func aServerReadsThem(_ count: Int) throws {
        let payload = ByteBuffer(bytes: (0..<count).map { UInt8($0) })
        var buffer = ByteBuffer()
        buffer.writeMaskedControlFrame(.ping, payload, key: 0x0102_0304)
        var decoder = WebSocketFrameDecoder(maximumFrame: 125, allowsCompression: false)
        #expect(try decoder.next(&buffer)?.payload == payload)
        #expect(buffer.readableBytes == 0)
    }

    @Test func appendsAndKeepsThePayload() {
        var buffer = ByteBuffer(bytes: [0xaa])
        let payload = ByteBuffer(string: "x")
        buffer.writeWebSocketFrame(.text, payload)
        buffer.writeWebSocketFrame(.pong, ByteBuffer())
        #expect(Array(buffer.readableBytesView) == [0xaa, 0x81, 0x01, 0x78, 0x8a, 0x00])
        #expect(payload.readableBytes == 1)
    }

    private static func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(opcode, ByteBuffer(bytes: payload))
        return Array(buffer.readableBytesView)
    }
}
