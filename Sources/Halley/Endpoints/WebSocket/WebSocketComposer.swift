import HalleyWire
import NIOCore

/// Writes the frames of an endpoint's messages, compressed where it was agreed on and is worth it.
struct WebSocketComposer {
    private let deflate: WebSocketDeflate?
    private let threshold: Int
    /// The one that keeps its context.
    private var deflater: Deflater?

    init(_ deflate: WebSocketDeflate?, threshold: Int) {
        self.deflate = deflate
        self.threshold = threshold
    }

    mutating func write(_ message: WebSocketMessage, into buffer: inout ByteBuffer) {
        switch message {
        case .text(let text): self.write(.text, ByteBuffer(string: text), into: &buffer)
        case .binary(let bytes): self.write(.binary, bytes, into: &buffer)
        }
    }

    private mutating func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, into buffer: inout ByteBuffer) {
        guard let deflate = self.deflate, payload.readableBytes >= self.threshold else {
            return buffer.writeWebSocketFrame(opcode, payload)
        }
        let deflated = self.compress(payload, deflate)
        // With a context it is part of what follows, worth it or not.
        let isSmaller = deflated.readableBytes < payload.readableBytes
        if !isSmaller && !deflate.serverKeepsContext && self.threshold > 0 {
            return buffer.writeWebSocketFrame(opcode, payload)
        }
        buffer.writeWebSocketFrame(opcode, deflated, isCompressed: true)
    }

    private mutating func compress(_ payload: ByteBuffer, _ deflate: WebSocketDeflate) -> ByteBuffer {
        let deflater =
            self.deflater
            ?? Deflater(windowBits: Int32(deflate.serverWindow), keepsContext: deflate.serverKeepsContext)
        if deflate.serverKeepsContext { self.deflater = deflater }
        return deflater.deflate(payload)
    }
}
