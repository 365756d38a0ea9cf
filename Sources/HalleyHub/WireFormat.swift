public import NIOCore
import NIOConcurrencyHelpers

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
    private let shared: SharedFrames
    private var frames = FrameTable()

    init(shared: SharedFrames) { self.shared = shared }

    mutating func frame(of publication: Publication, in format: any WireFormat) -> ByteBuffer {
        self.frames.frame(of: publication, in: format) {
            if !format.isCostly { return format.frame(of: publication) }
            // Each loop has its own copy of the bytes: to count references to shared ones would cost more.
            return ByteBuffer(bytes: self.shared.frame(of: publication, in: format).readableBytesView)
        }
    }
}

/// The frames of formats that are encoded once for all loops of a hub.
package final class SharedFrames: Sendable {
    private let frames = NIOLockedValueBox(FrameTable())

    package init() {}

    /// Whoever asks second waits for the first: the work is worth more than the time.
    func frame(of publication: Publication, in format: any WireFormat) -> ByteBuffer {
        self.frames.withLockedValue { $0.frame(of: publication, in: format) { format.frame(of: publication) } }
    }
}

/// Frames that were encoded lately.
private struct FrameTable {
    private static let maximumBytes = 4 << 20

    private var frames: [String: [UInt64: ByteBuffer]] = [:]
    private var bytes = 0

    mutating func frame(
        of publication: Publication, in format: any WireFormat, else encode: () -> ByteBuffer
    ) -> ByteBuffer {
        let identity = format.identity
        if let frame = self.frames[identity]?[publication.sequence] { return frame }
        let frame = encode()
        let cost = frame.readableBytes + Publication.overhead
        self.bytes += cost
        if self.bytes > Self.maximumBytes { self.clear(keeping: cost) }
        self.frames[identity, default: [:]][publication.sequence] = frame
        return frame
    }

    private mutating func clear(keeping bytes: Int) {
        self.frames.removeAll(keepingCapacity: true)
        self.bytes = bytes
    }
}

extension WireFormat {
    fileprivate func frame(of publication: Publication) -> ByteBuffer {
        var frame = ByteBuffer()
        self.encode(publication, id: publication.id, into: &frame)
        return frame
    }
}
