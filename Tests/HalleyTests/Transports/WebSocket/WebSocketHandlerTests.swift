import HalleyHub
import NIOCore
import Testing

@testable import Halley

@Suite struct WebSocketHandlerTests {
    /// A frame of a client.
    private static func frame(_ first: UInt8, _ payload: [UInt8], isMasked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = isMasked ? [0x37, 0xfa, 0x21, 0x3d] : [0, 0, 0, 0]
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        let body = payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
        return isMasked ? [first, 0x80 | length[0]] + length.dropFirst() + mask + body : [first] + length + body
    }

    private static func text(_ text: String) -> [UInt8] { self.frame(0x81, Array(text.utf8)) }

    private static func open() async throws -> TestConnection {
        let connection = try await TestConnection { $0.limits.message = 200 }
        try await connection.send(
            "GET /ws?topic=news&format=raw HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        #expect(try await connection.replies().map(\.status) == [101])
        return connection
    }

    typealias Case = (frames: [[UInt8]], answer: [UInt8])

    static let allowed: [Case] = [
        // RFC 6455 §5.5.2, §5.5.3.
        ([frame(0x89, Array("Hello".utf8))], [0x8a, 0x05] + Array("Hello".utf8)), ([frame(0x89, [])], [0x8a, 0x00]),
        ([frame(0x89, [UInt8](repeating: 0xff, count: 125))], [0x8a, 0x7d] + [UInt8](repeating: 0xff, count: 125)),
        ([frame(0x8a, [])], []), ([frame(0x8a, Array("unasked".utf8))], []),
        // What the client says is ignored.
        ([text("hello")], []), ([frame(0x82, [0xff])], []), ([text("")], []),
        ([frame(0x01, Array("a".utf8)), frame(0x80, [])], []),
        // A control frame between fragments (§5.4).
        ([frame(0x01, Array("a".utf8)), frame(0x89, [0x31]), frame(0x80, Array("b".utf8))], [0x8a, 0x01, 0x31]),
        ([frame(0x82, [UInt8](repeating: 0, count: 200))], []),
    ]

    @Test(arguments: allowed) func goesOn(_ case: Case) async throws {
        let connection = try await Self.open()
        for frame in `case`.frames { try await connection.send(frame) }
        #expect(try await connection.received() == `case`.answer)
        #expect(connection.isOpen)
        try await connection.server.hub.publish(.text("x"), to: try Topic("news"))
        #expect(try await connection.received() == [0x81, 0x01, 0x78])
    }

    static let failing: [([[UInt8]], Int)] = [
        // §5.1: not masked.
        ([frame(0x81, [0x61], isMasked: false)], 1002), ([frame(0x89, [], isMasked: false)], 1002),
        // §5.2: reserved bits and opcodes.
        ([frame(0xc1, [0x61])], 1002), ([frame(0xa1, [0x61])], 1002), ([frame(0x91, [0x61])], 1002),
        ([frame(0x83, [])], 1002), ([frame(0x87, [])], 1002), ([frame(0x8b, [])], 1002), ([frame(0x8f, [])], 1002),
        // §5.5: control frames are whole and small.
        ([frame(0x09, [])], 1002), ([frame(0x08, [])], 1002), ([frame(0x89, [UInt8](repeating: 0, count: 126))], 1002),
        // §5.4: fragments out of order.
        ([frame(0x80, [0x61])], 1002), ([frame(0x01, [0x61]), text("b")], 1002),
        // §8.1: text that is none.
        ([frame(0x81, [0xff])], 1007), ([frame(0x01, [0xed, 0xa0])], 1007), ([frame(0x81, [0xc3])], 1007),
        // §7.4.1: too big, whole or in parts.
        ([frame(0x82, [UInt8](repeating: 0, count: 201))], 1009),
        ([frame(0x02, [UInt8](repeating: 0, count: 150)), frame(0x80, [UInt8](repeating: 0, count: 51))], 1009),
        // §7.4, §5.5.1: close frames that are malformed.
        ([frame(0x88, [0x03])], 1002), ([frame(0x88, [0x03, 0xe8, 0xff])], 1007),
        ([frame(0x88, [0x03, 0xe8, 0xc3])], 1007),
    ]

    @Test(arguments: failing) func failsTheConnection(_ frames: [[UInt8]], _ code: Int) async throws {
        let connection = try await Self.open()
        for frame in frames { try await connection.send(frame) }
        let answer = try await connection.received()
        #expect(answer.first == 0x88)
        #expect(answer.dropFirst(2).prefix(2).elementsEqual([UInt8(code >> 8), UInt8(code & 255)]), "\(answer)")
        #expect(!connection.isOpen)
    }

    /// RFC 6455 §7.4: these may be in a frame, and come back.
    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func echoesAClose(_ code: Int) async throws {
        let connection = try await Self.open()
        let payload = [UInt8(code >> 8), UInt8(code & 255)]
        try await connection.send(Self.frame(0x88, payload + Array("bye é".utf8)))
        #expect(try await connection.received() == [0x88, 0x02] + payload)
        #expect(!connection.isOpen)
    }

    /// Those may not.
    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    func refusesACloseWithABadCode(_ code: Int) async throws {
        let connection = try await Self.open()
        try await connection.send(Self.frame(0x88, [UInt8(code >> 8), UInt8(code & 255)]))
        #expect(try await connection.received().prefix(4).dropFirst(2).elementsEqual([0x03, 0xea]))
        #expect(!connection.isOpen)
    }

    @Test func closesWithoutACode() async throws {
        let connection = try await Self.open()
        try await connection.send(Self.frame(0x88, []))
        #expect(try await connection.received() == [0x88, 0x00])
        #expect(!connection.isOpen)
    }

    /// §7.1.1: closed when the client has answered, not before.
    @Test func awaitsTheClientsCloseInADrain() async throws {
        let connection = try await Self.open()
        try await connection.drain()
        let close = try await connection.received()
        #expect(close.prefix(4).elementsEqual([0x88, UInt8(close.count - 2), 0x03, 0xe9]))
        #expect(String(decoding: close.dropFirst(4), as: UTF8.self).hasPrefix("retry="))
        #expect(connection.isOpen)
        try await connection.send(Self.frame(0x89, []))
        #expect(try await connection.received() == [])
        try await connection.send(Self.frame(0x88, [0x03, 0xe9]))
        #expect(!connection.isOpen)
    }

    @Test func doesNotAwaitItForEver() async throws {
        let connection = try await Self.open()
        try await connection.drain()
        await connection.advance(by: .milliseconds(1900))
        #expect(connection.isOpen)
        await connection.advance(by: .milliseconds(200))
        #expect(!connection.isOpen)
    }
}
