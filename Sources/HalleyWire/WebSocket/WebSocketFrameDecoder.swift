package import NIOCore

/// A piece of a frame as it has arrived (RFC 6455 §5.2): data frames come in pieces of any size, control frames whole.
package struct WebSocketPiece: Equatable {
    package var opcode: WebSocketOpcode
    /// The frame is the last of its message.
    package var isFinal: Bool
    /// RSV1: the message is compressed (RFC 7692 §6).
    package var isCompressed: Bool
    /// The first piece of its frame.
    package var isStart: Bool
    /// The last piece of its frame.
    package var isEnd: Bool
    /// Unmasked.
    package var payload: ByteBuffer

    package init(
        opcode: WebSocketOpcode, isFinal: Bool, isCompressed: Bool, isStart: Bool, isEnd: Bool, payload: ByteBuffer
    ) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.isCompressed = isCompressed
        self.isStart = isStart
        self.isEnd = isEnd
        self.payload = payload
    }
}

package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xa

    package var isControl: Bool { self.rawValue & 0x8 != 0 }
}

/// Why a WebSocket must be closed, with the code that says so (RFC 6455 §7.4.1).
package struct WebSocketFailure: Error, Equatable, Sendable {
    package let code: UInt16
    package let text: String

    package init(_ code: UInt16, _ text: String) {
        self.code = code
        self.text = text
    }
}

/// Which end of a WebSocket we are: a client masks its frames, a server does not (RFC 6455 §5.1).
package enum WebSocketRole: Sendable {
    case server
    case client
}

/// Reads the frames of a peer out of a stream of bytes, and unmasks them where they lie.
package struct WebSocketFrameDecoder {
    private struct Frame {
        var opcode: WebSocketOpcode
        var isFinal: Bool
        var isCompressed: Bool
        var left: Int
        var mask: UInt64
        var isStart = true
    }

    /// Whether RSV1 has a meaning.
    private let allowsCompression: Bool
    private let maximumFrame: Int
    /// Frames must have a mask, or must have none.
    private let expectsMask: Bool
    private var frame: Frame?

    /// - Parameters:
    ///   - role: which end reads.
    ///   - maximumFrame: bytes of a frame's payload.
    package init(role: WebSocketRole = .server, maximumFrame: Int, allowsCompression: Bool) {
        self.maximumFrame = maximumFrame
        self.allowsCompression = allowsCompression
        self.expectsMask = role == .server
    }

    /// Between two frames.
    var isAtRest: Bool { self.frame == nil }

    /// - Returns: the next piece; `nil` where more bytes are needed.
    package mutating func next(_ buffer: inout ByteBuffer) throws(WebSocketFailure) -> WebSocketPiece? {
        if self.frame == nil {
            guard let frame = try self.header(&buffer) else { return nil }
            self.frame = frame
        }
        guard var frame = self.frame else { return nil }
        let count = min(frame.left, buffer.readableBytes)
        if count < frame.left && (count == 0 || frame.opcode.isControl) { return nil }
        let payload = Self.unmask(&buffer, count, &frame.mask)
        let piece = WebSocketPiece(
            opcode: frame.opcode, isFinal: frame.isFinal, isCompressed: frame.isCompressed, isStart: frame.isStart,
            isEnd: count == frame.left, payload: payload)
        frame.left -= count
        frame.isStart = false
        self.frame = piece.isEnd ? nil : frame
        return piece
    }

    // MARK: - Headers

    private func header(_ buffer: inout ByteBuffer) throws(WebSocketFailure) -> Frame? {
        guard let bits: UInt16 = buffer.getInteger(at: buffer.readerIndex) else { return nil }
        let (first, second) = (UInt8(bits >> 8), UInt8(truncatingIfNeeded: bits))
        let frame = try self.checked(first, second)
        let short = Int(second & 0x7f)
        let extra = short < 126 ? 0 : short == 126 ? 2 : 8
        guard buffer.readableBytes >= 2 + extra + (self.expectsMask ? 4 : 0) else { return nil }
        buffer.moveReaderIndex(forwardBy: 2)
        return try self.sized(frame, short, &buffer)
    }

    private func checked(_ first: UInt8, _ second: UInt8) throws(WebSocketFailure) -> Frame {
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0f) else {
            throw WebSocketFailure(1002, "reserved opcode")
        }
        let isFinal = first & 0x80 != 0
        let isCompressed = first & 0x40 != 0
        let mayCompress = self.allowsCompression && (opcode == .text || opcode == .binary)
        if first & 0x30 != 0 || (isCompressed && !mayCompress) { throw WebSocketFailure(1002, "reserved bit") }
        if (second & 0x80 != 0) != self.expectsMask {
            throw WebSocketFailure(1002, self.expectsMask ? "not masked" : "masked by a server")
        }
        if opcode.isControl && (!isFinal || second & 0x7f > 125) {
            throw WebSocketFailure(1002, "control frame too long or fragmented")
        }
        return Frame(opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, left: 0, mask: 0)
    }

    private func sized(_ frame: Frame, _ short: Int, _ buffer: inout ByteBuffer) throws(WebSocketFailure) -> Frame {
        var frame = frame
        let length: UInt64
        switch short {
        case 126: length = UInt64(buffer.readInteger(as: UInt16.self) ?? 0)
        case 127: length = buffer.readInteger(as: UInt64.self) ?? 0
        default: length = UInt64(short)
        }
        // RFC 6455 §5.2: the shortest form, and the highest bit is 0.
        if (short == 126 && length < 126) || (short == 127 && length <= 0xffff) || length >> 63 != 0 {
            throw WebSocketFailure(1002, "malformed length")
        }
        if length > UInt64(self.maximumFrame) { throw WebSocketFailure(1009, "frame too big") }
        frame.left = Int(length)
        guard self.expectsMask else { return frame }
        let key = UInt64(buffer.readInteger(endianness: .little, as: UInt32.self) ?? 0)
        frame.mask = key | key << 32
        return frame
    }

    // MARK: - Unmasking

    /// By the machine word: a byte at a time runs at a fiftieth of the speed.
    private static func unmask(_ buffer: inout ByteBuffer, _ count: Int, _ mask: inout UInt64) -> ByteBuffer {
        let key = mask
        // In place only where nothing follows: else the payload, as long as it is held, would have each later frame of the
        // buffer unmasked in a copy of all that follows.
        var payload: ByteBuffer
        if count == buffer.readableBytes {
            payload = buffer
            buffer = ByteBuffer()
        } else {
            payload = ByteBuffer(buffer: buffer.readSlice(length: count)!)
        }
        if key != 0 {
            payload.withUnsafeMutableReadableBytes { bytes in
                let whole = count & ~7
                for offset in stride(from: 0, to: whole, by: 8) {
                    let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    bytes.storeBytes(of: word ^ key.littleEndian, toByteOffset: offset, as: UInt64.self)
                }
                for offset in whole..<count {
                    bytes[offset] ^= UInt8(truncatingIfNeeded: key >> UInt64(8 * (offset & 7)))
                }
            }
        }
        // The next piece goes on in the middle of the key.
        let turn = UInt64(count & 3) * 8
        if turn > 0 { mask = key >> turn | key << (64 - turn) }
        return payload
    }
}
