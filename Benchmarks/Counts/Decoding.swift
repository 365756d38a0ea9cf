import HalleyWire
import NIOCore

/// Messages of a WebSocket client.
enum Decoding {
    static let all = [128, 4096].map { size in
        Scenario(name: "decode WebSocket, \(size) bytes", unit: "message") {
            let frame = Self.frame(size)
            var reader = WebSocketReader(limits: .init(message: 1 << 20), deflate: nil)
            return { units in
                for _ in 0..<units {
                    reader.append(frame)
                    while reader.next() != nil {}
                }
            }
        }
    }

    /// Binary and masked.
    private static func frame(_ size: Int) -> ByteBuffer {
        let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        var frame = ByteBuffer(bytes: [0x82, 0x80 | 126])
        frame.writeInteger(UInt16(size))
        frame.writeBytes(key)
        frame.writeBytes((0..<size).map { UInt8(truncatingIfNeeded: $0) ^ key[$0 % 4] })
        return frame
    }
}
