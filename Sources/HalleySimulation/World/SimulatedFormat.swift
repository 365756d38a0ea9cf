import HalleyHub
import NIOCore

/// A frame that says no more than which publication it is, and its cursor.
struct SimulatedFormat: WireFormat {
    let identity: String

    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        buffer.writeString(self.identity)
        buffer.writeInteger(publication.sequence)
        buffer.writeCursor(id)
    }

    /// Whether the frames of a batch are those of its publications.
    func wrote(_ batch: DeliveryBatch) -> Bool {
        var expected = ByteBuffer()
        for (index, publication) in batch.publications.enumerated() {
            self.encode(publication, id: batch.id(at: index), into: &expected)
        }
        return expected == batch.frames
    }
}
