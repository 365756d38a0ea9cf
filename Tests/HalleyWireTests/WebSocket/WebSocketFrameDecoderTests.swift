import HalleyWire
import NIOCore
import Testing

/// RFC 6455 §5.2.
struct WebSocketFrameDecoderTests {
    /// §5.7: "Hello", masked with 37 fa 21 3d.
    private static let hello: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]

    @Test func readsTheExampleOfTheStandard() throws {
        let pieces = try Self.decode([Self.hello])
        #expect(pieces.count == 1)
        #expect(pieces[0].opcode == .text && pieces[0].isFinal && pieces[0].isStart && pieces[0].isEnd)
        #expect(String(buffer: pieces[0].payload) == "Hello")
    }

    @Test func readsItByteByByteAndTogetherWithOthers() throws {
        let single = try Self.decode(Self.hello.map { [$0] })
        #expect(single.map { String(buffer: $0.payload) }.joined() == "Hello")
        #expect(single.first?.isStart == true && single.last?.isEnd == true)
        let merged = try Self.decode([Self.hello + Self.hello + Self.hello])
        #expect(merged.map { String(buffer: $0.payload) } == ["Hello", "Hello", "Hello"])
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 1000, 65535, 65536, 70001])
    func unmasksAnyLengthInAnyPieces(_ length: Int) throws {
        var random = SeededRandom(seed: UInt64(length))
        let payload = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let bytes = Self.frame(0x82, payload, key: [0xde, 0xad, 0xbe, 0xef])
        #expect(try Self.decode([bytes]).flatMap { Array($0.payload.readableBytesView) } == payload)
        for size in [1, 3, 5, 8, 13, 1024] where length / size < 5000 {
            let parts = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            #expect(try Self.decode(parts).flatMap { Array($0.payload.readableBytesView) } == payload, "in \(size)")
        }
    }

    @Test func waitsForAWholeControlFrame() throws {
        let ping = Self.frame(0x89, Array("abcdef".utf8), key: [1, 2, 3, 4])
        let pieces = try Self.decode(ping.map { [$0] })
        #expect(pieces.map { String(buffer: $0.payload) } == ["abcdef"])
    }

    @Test(
        arguments: [
            ([0x83, 0x80], 1002),  // reserved opcodes
            ([0x8b, 0x80], 1002),
            ([0xa1, 0x80], 1002),  // RSV2
            ([0x91, 0x80], 1002),  // RSV3
            ([0xc1, 0x80], 1002),  // RSV1 without compression
            ([0x81, 0x05], 1002),  // not masked
            ([0x09, 0x80], 1002),  // a ping in fragments
            ([0x89, 0xfe], 1002),  // a ping of 126 bytes
            ([0x81, 0xfe, 0x00, 0x7d, 0, 0, 0, 0], 1002),  // 125 in the longer form
            ([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0], 1002),  // 65535 in the longest
            ([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002),  // the highest bit
            ([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0x01, 0, 0, 0, 0], 1009),  // 1 MiB and one byte
        ] as [([UInt8], UInt16)])
    func refuses(_ bytes: [UInt8], _ code: UInt16) {
        do {
            _ = try Self.decode([bytes])
            Issue.record("taken")
        } catch {
            #expect(error.code == code)
        }
    }

    @Test func takesRSV1OfADataFrameWhereCompressionWasAgreedOn() throws {
        let pieces = try Self.decode([Self.frame(0xc1, [1], key: [0, 0, 0, 0])], allowsCompression: true)
        #expect(pieces.first?.isCompressed == true)
        #expect(throws: WebSocketFailure.self) {
            try Self.decode([Self.frame(0xc9, [1], key: [0, 0, 0, 0])], allowsCompression: true)
        }
    }

    /// §5.1: a server does not mask.
    @Test(arguments: [0, 1, 125, 126, 65535, 65536]) func aClientReadsWhatAServerSends(_ length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        var bytes = ByteBuffer()
        bytes.writeWebSocketFrame(.binary, ByteBuffer(bytes: payload))
        let whole = Array(bytes.readableBytesView)
        for size in [1, 3, 1024, whole.count] where whole.count / size < 5000 {
            let parts = stride(from: 0, to: whole.count, by: size).map {
                Array(whole[$0..<min($0 + size, whole.count)])
            }
            let pieces = try Self.decode(parts, role: .client)
            #expect(pieces.flatMap { Array($0.payload.readableBytesView) } == payload, "in \(size)")
            #expect(pieces.last?.isEnd == true)
        }
    }

    @Test func aClientReadsTheNextFrameToo() throws {
        let pieces = try Self.decode([[0x89, 0x00, 0x81, 0x02, 0x68, 0x69, 0x8a, 0x00]], role: .client)
        #expect(pieces.map(\.opcode) == [.ping, .text, .pong])
        #expect(String(buffer: pieces[1].payload) == "hi")
    }

    @Test func aClientRefusesAMaskedFrame() {
        #expect(throws: WebSocketFailure(1002, "masked by a server")) { try Self.decode([Self.hello], role: .client) }
    }

    static func frame(_ first: UInt8, _ payload: [UInt8], key: [UInt8]) -> [UInt8] {
        var bytes = [first]
        switch payload.count {
        case 0..<126: bytes.append(0x80 | UInt8(payload.count))
        case 126...0xffff: bytes += [0xfe, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: bytes += [0xff] + stride(from: 56, through: 0, by: -8).map { UInt8(payload.count >> $0 & 0xff) }
        }
        return bytes + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
    }

    private static func decode(
        _ reads: [[UInt8]], role: WebSocketRole = .server, allowsCompression: Bool = false
    ) throws(WebSocketFailure) -> [WebSocketPiece] {
        var decoder = WebSocketFrameDecoder(
            role: role, maximumFrame: 1 << 20, allowsCompression: allowsCompression)
        var buffer = ByteBuffer()
        var pieces: [WebSocketPiece] = []
        for read in reads {
            buffer.writeBytes(read)
            while let piece = try decoder.next(&buffer) { pieces.append(piece) }
        }
        return pieces
    }
}
