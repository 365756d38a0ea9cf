public import NIOCore

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

extension WireFormat {
    func frame(of publication: Publication) -> ByteBuffer {
        var frame = ByteBuffer()
        self.encode(publication, id: publication.id, into: &frame)
        return frame
    }
}
