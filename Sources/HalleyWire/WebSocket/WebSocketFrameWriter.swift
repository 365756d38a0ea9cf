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

    /// Writes one whole control frame of a client (RFC 6455 §5.3).
    /// - Parameters:
    ///   - payload: 125 bytes at most.
    ///   - key: unpredictable.
    package mutating func writeMaskedControlFrame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, key: UInt32) {
        precondition(opcode.isControl && payload.readableBytes <= 125, "not a control frame")
        self.writeInteger(0x80 | opcode.rawValue)
        self.writeInteger(0x80 | UInt8(payload.readableBytes))
        self.writeInteger(key)
        self.writeBytes(
            payload.readableBytesView.enumerated().map { offset, byte in
                byte ^ UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * (offset & 3)))
            })
    }
}
