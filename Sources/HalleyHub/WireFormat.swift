public import NIOCore

/// How publications are written for some transports. A loop encodes a publication once per format and shares the bytes
/// among all subscribers of that format.
public protocol WireFormat: Sendable {
    /// Two formats with the same identity write the same bytes.
    var identity: String { get }

    /// Writes one complete frame.
    /// - Parameter id: the cursor of a client that has got this publication.
    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer)
}

/// The frames of one loop, by format and sequence: cohorts with other topics and clients that catch up share them.
struct FrameCache {
    static let maximumBytes = 4 << 20

    private var frames: [String: [UInt64: ByteBuffer]] = [:]
    private var bytes = 0

    mutating func frame(of publication: Publication, in format: any WireFormat) -> ByteBuffer {
        let identity = format.identity
        if let frame = self.frames[identity]?[publication.sequence] { return frame }
        var frame = ByteBuffer()
        format.encode(publication, id: publication.id, into: &frame)
        self.bytes += frame.readableBytes + Publication.overhead
        if self.bytes > Self.maximumBytes { self.clear(keeping: frame.readableBytes + Publication.overhead) }
        self.frames[identity, default: [:]][publication.sequence] = frame
        return frame
    }

    private mutating func clear(keeping bytes: Int) {
        self.frames.removeAll(keepingCapacity: true)
        self.bytes = bytes
    }
}
