import CZlib
package import NIOCore

/// Raw DEFLATE of whole messages, as permessage-deflate wants it (RFC 7692 §7.2.1).
package final class Deflater {
    /// zlib can't do 8.
    package static let windowBits = 9...15

    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool

    /// - Parameters:
    ///   - windowBits: 9 to 15: how far back it may refer.
    ///   - keepsContext: whether a message may refer to those before it.
    package init(windowBits: Int32, level: Int32 = 6, keepsContext: Bool) {
        precondition(Self.windowBits.contains(Int(windowBits)))
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        self.keepsContext = keepsContext
        // Negative: raw, without zlib's header.
        let status = halley_deflate_init(self.stream, level, -windowBits, min(9, windowBits - 7))
        precondition(status == Z_OK, "zlib is out of memory")
    }

    deinit {
        deflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// - Returns: the message without the empty block that ends it on the wire.
    package func deflate(_ message: ByteBuffer) -> ByteBuffer {
        // zlib writes nothing at all for the second empty message in a row: RFC 7692 §7.2.3.6 has the byte that stands for one.
        if message.readableBytes == 0 { return ByteBuffer(bytes: [0x00]) }
        if !self.keepsContext { deflateReset(self.stream) }
        var output = ByteBuffer()
        message.withUnsafeReadableBytes { input in
            self.stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.bindMemory(to: UInt8.self).baseAddress)
            self.stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let room = Int(deflateBound(self.stream, UInt(self.stream.pointee.avail_in))) + 64
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { self.run(into: $0) }
            } while self.stream.pointee.avail_out == 0
        }
        self.stream.pointee.next_in = nil
        precondition(output.readableBytes >= 4)
        output.moveWriterIndex(to: output.writerIndex - 4)
        return output
    }

    private func run(into space: UnsafeMutableRawBufferPointer) -> Int {
        self.stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
        self.stream.pointee.avail_out = UInt32(space.count)
        _ = CZlib.deflate(self.stream, Z_SYNC_FLUSH)
        return space.count - Int(self.stream.pointee.avail_out)
    }
}
