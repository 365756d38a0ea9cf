public import NIOCore
import Synchronization

/// How publications are written for some transports. A loop encodes a publication once per format and shares the bytes
/// among all subscribers of that format.
public protocol WireFormat: Sendable {
    /// Two formats with the same identity write the same bytes.
    var identity: String { get }

    /// Encoding costs so much that it is done once for all loops, not once for each.
    var isCostly: Bool { get }

    /// Writes one complete frame.
    /// - Parameter id: the cursor of a client that has got this publication.
    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer)
}

extension WireFormat {
    public var isCostly: Bool { false }
}

/// The frames of one loop, by format and sequence: cohorts with other topics and clients that catch up share them.
struct FrameCache {
    static let maximumBytes = 4 << 20

    private var frames: [String: [UInt64: ByteBuffer]] = [:]
    private var bytes = 0

    mutating func frame(of publication: Publication, in format: any WireFormat) -> ByteBuffer {
        let identity = format.identity
        if let frame = self.frames[identity]?[publication.sequence] { return frame }
        let frame = Self.encode(publication, in: format)
        self.bytes += frame.readableBytes + Publication.overhead
        if self.bytes > Self.maximumBytes { self.clear(keeping: frame.readableBytes + Publication.overhead) }
        self.frames[identity, default: [:]][publication.sequence] = frame
        return frame
    }

    /// Each loop has its own copy of the bytes: to count references to shared ones would cost more.
    private static func encode(_ publication: Publication, in format: any WireFormat) -> ByteBuffer {
        func fresh() -> ByteBuffer {
            var frame = ByteBuffer()
            format.encode(publication, id: publication.id, into: &frame)
            return frame
        }
        if !format.isCostly { return fresh() }
        let shared = publication.costlyFrames.withLock { frames in
            if let frame = frames[format.identity] { return frame }
            let frame = fresh()
            frames[format.identity] = frame
            return frame
        }
        return ByteBuffer(bytes: shared.readableBytesView)
    }

    private mutating func clear(keeping bytes: Int) {
        self.frames.removeAll(keepingCapacity: true)
        self.bytes = bytes
    }
}
