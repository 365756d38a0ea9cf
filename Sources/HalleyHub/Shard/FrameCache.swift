import NIOConcurrencyHelpers
import NIOCore

/// The frames of one loop, by format and sequence: cohorts with other topics and clients that catch up share them.
struct FrameCache {
    private let shared: SharedFrames
    private var frames = FrameTable()
    private var pages = PageTable()

    init(shared: SharedFrames) { self.shared = shared }

    /// The frames of some publications in a row.
    /// - Parameter format: `nil` for those who take publications, not bytes.
    mutating func frames(of publications: ArraySlice<Publication>, in format: SharedFormat?) -> ByteBuffer {
        guard let format, let first = publications.first else { return ByteBuffer() }
        if publications.count == 1 { return self.frame(of: first, in: format) }
        let identity = format.identity
        if let frames = self.pages.frames(of: publications, identity) { return frames }
        let frames = self.join(publications, in: format)
        self.pages.add(publications, identity, frames)
        return frames
    }

    private mutating func join(_ publications: ArraySlice<Publication>, in format: SharedFormat) -> ByteBuffer {
        var all = ByteBuffer()
        for (index, publication) in publications.enumerated() {
            let frame = self.frame(of: publication, in: format)
            // Mostly they are about as long as the first.
            if index == 0 { all.reserveCapacity(frame.readableBytes * publications.count) }
            all.writeImmutableBuffer(frame)
        }
        return all
    }

    mutating func frame(of publication: Publication, in format: SharedFormat) -> ByteBuffer {
        self.frames.frame(of: publication, in: format) {
            if !format.format.isCostly { return format.format.frame(of: publication) }
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
    func frame(of publication: Publication, in format: SharedFormat) -> ByteBuffer {
        self.frames.withLockedValue { $0.frame(of: publication, in: format) { format.format.frame(of: publication) } }
    }
}

/// Frames that were encoded lately.
private struct FrameTable {
    private static let maximumBytes = 4 << 20

    private var frames: [String: [UInt64: ByteBuffer]] = [:]
    private var bytes = 0

    mutating func frame(
        of publication: Publication, in format: SharedFormat, else encode: () -> ByteBuffer
    ) -> ByteBuffer {
        let identity = format.identity
        if let frame = self.frames[identity]?[publication.sequence] { return frame }
        let frame = encode()
        let cost = frame.readableBytes + Publication.framing
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

/// Pages that were put together lately: when a crowd comes back at once, many are at the same place.
private struct PageTable {
    private struct Page {
        var identity: String
        var publications: ArraySlice<Publication>
        var frames: ByteBuffer
    }

    private static let maximumPages = 8

    private var pages: [Page] = []
    private var next = 0

    func frames(of publications: ArraySlice<Publication>, _ identity: String) -> ByteBuffer? {
        self.pages.first { page in
            page.publications.count == publications.count && page.identity == identity
                && Self.areSame(page.publications, publications)
        }?.frames
    }

    /// By reference. The references are compared as bytes, so that none is counted on the way.
    private static func areSame(_ left: ArraySlice<Publication>, _ right: ArraySlice<Publication>) -> Bool {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { left.bindMemory(to: UInt.self).elementsEqual($0.bindMemory(to: UInt.self)) }
        }
    }

    mutating func add(_ publications: ArraySlice<Publication>, _ identity: String, _ frames: ByteBuffer) {
        let page = Page(identity: identity, publications: publications, frames: frames)
        if self.pages.count < Self.maximumPages { return self.pages.append(page) }
        self.pages[self.next] = page
        self.next = (self.next + 1) % Self.maximumPages
    }
}
