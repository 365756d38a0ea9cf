package import NIOCore

extension ByteBuffer {
    /// Writes one whole, unmasked frame (RFC 6455 §5.2).
    /// - Parameter isCompressed: RFC 7692 §6: the payload is DEFLATE.
    package mutating func writeWebSocketFrame(
        _ opcode: WebSocketOpcode, _ payload: ByteBuffer, isCompressed: Bool = false
    ) {
        self.reserveCapacity(minimumWritableBytes: payload.readableBytes + 10)
        self.writeInteger((isCompressed ? 0xc0 : 0x80) | opcode.rawValue)
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
