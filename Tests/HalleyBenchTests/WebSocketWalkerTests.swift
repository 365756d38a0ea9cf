import HalleyBench
import Testing

@Suite("The walk over WebSocket frames")
struct WebSocketWalkerTests {
    enum Seen: Equatable {
        case ping([UInt8])
        case close(Int)
        case violation
    }

    private static let long = [UInt8](repeating: 7, count: 300)
    private static let longer = [UInt8](repeating: 9, count: 70_000)
    private static let frames: [UInt8] =
        [0x81, 2, 65, 66] + [0x89, 3, 1, 2, 3] + [0x82, 126, 1, 44] + long + [0x89, 0] + [0x81, 0]
        + [0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70] + longer + [0x88, 2, 3, 0xe9]

    @Test("Data, pings and the close are told however the bytes were split", arguments: [1, 2, 3, 7, 1000, 100_000])
    func walks(piece: Int) {
        let (data, events) = Self.walked(Self.frames, piece: piece)
        #expect(data == [65, 66] + Self.long + Self.longer)
        #expect(events == [.ping([1, 2, 3]), .ping([]), .close(1001)])
    }

    @Test(
        "What a server must not send is told once",
        arguments: [
            [0x81, 0x80, 1, 2, 3, 4], [0x89, 126, 0, 1, 1], [0x83, 0], [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func refuses(frame: [UInt8]) {
        #expect(Self.walked(frame + [0x81, 1, 65], piece: 1).events == [.violation])
    }

    private static func walked(_ bytes: [UInt8], piece: Int) -> (data: [UInt8], events: [Seen]) {
        var walker = WebSocketWalker()
        var data: [UInt8] = []
        var events: [Seen] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(bytes.count, start + piece)].withUnsafeBytes {
                walker.walk($0) { event in
                    switch event {
                    case .data(let piece): data += piece
                    case .ping(let payload): events.append(.ping(payload))
                    case .close(let code): events.append(.close(code))
                    case .violation: events.append(.violation)
                    }
                }
            }
        }
        return (data, events)
    }
}
