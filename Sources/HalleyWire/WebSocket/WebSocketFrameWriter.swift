package import NIOCore

/// What a server's WebSocket frame is (RFC 6455 §5.2).
package enum WebSocketOpcodeByte: UInt8, Sendable {
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xa
}

extension ByteBuffer {
    /// Writes one whole, unmasked frame.
    package mutating func writeWebSocketFrame(_ opcode: WebSocketOpcodeByte, _ payload: ByteBuffer) {
        self.reserveCapacity(minimumWritableBytes: payload.readableBytes + 10)
        self.writeInteger(0x80 | opcode.rawValue)
        switch payload.readableBytes {
        case 0..<126: self.writeInteger(UInt8(payload.readableBytes))
        case 126...0xffff:
            self.writeInteger(UInt8(126))
            self.writeInteger(UInt16(payload.readableBytes))
        default:
            self.writeInteger(UInt8(127))
            self.writeInteger(UInt64(payload.readableBytes))
        }
        self.writeImmutableBuffer(payload)
    }
}
