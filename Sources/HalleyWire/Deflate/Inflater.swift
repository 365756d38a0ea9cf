import CZlib
package import NIOCore

/// Takes raw DEFLATE apart as it arrives (RFC 7692 §7.2.2), never beyond a limit.
package final class Inflater {
    package enum Failure: Error, Equatable {
        case corrupt
        case tooBig
    }

    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter windowBits: 8 to 15: how far back the peer refers at most. What it refers to beyond that is found where zlib
    ///   still has it at hand, by how the bytes arrive, and is corrupt elsewhere.
    package init(windowBits: Int32 = 15) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        let status = halley_inflate_init(self.stream, -max(9, windowBits))
        precondition(status == Z_OK, "zlib is out of memory")
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Forgets the messages before.
    package func reset() { inflateReset(self.stream) }

    /// - Parameters:
    ///   - limit: how many bytes `output` may have at most.
    package func inflate(_ input: ByteBuffer, into output: inout ByteBuffer, limit: Int) throws(Failure) {
        let failure: Failure? = input.withUnsafeReadableBytes { bytes in
            self.stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            self.stream.pointee.avail_in = UInt32(bytes.count)
            defer { self.stream.pointee.next_in = nil }
            return self.run(into: &output, limit: limit)
        }
        if let failure { throw failure }
    }

    /// The end of a message: the empty block that the peer has left out.
    package func finish(into output: inout ByteBuffer, limit: Int) throws(Failure) {
        try self.inflate(ByteBuffer(bytes: [0x00, 0x00, 0xff, 0xff]), into: &output, limit: limit)
    }

    private func run(into output: inout ByteBuffer, limit: Int) -> Failure? {
        while true {
            // One more than may come, so that too much is seen.
            let room = min(limit + 1 - output.readableBytes, max(1024, Int(self.stream.pointee.avail_in) * 4))
            var status = Z_OK
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                self.stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                self.stream.pointee.avail_out = UInt32(room)
                status = CZlib.inflate(self.stream, Z_SYNC_FLUSH)
                return room - Int(self.stream.pointee.avail_out)
            }
            if output.readableBytes > limit { return .tooBig }
            switch status {
            case Z_OK, Z_BUF_ERROR: if self.stream.pointee.avail_out > 0 { return nil }
            // A final block: what follows begins anew.
            case Z_STREAM_END:
                inflateReset(self.stream)
                if self.stream.pointee.avail_in == 0 { return nil }
            default: return .corrupt
            }
        }
    }
}
