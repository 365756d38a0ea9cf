import HalleyHub
import NIOCore

/// One JSON object a line (`application/x-ndjson`).
struct JSONLines: ObjectWrapping {
    let identity = "lines"
    let framing: BodyFraming

    func wrapPublication(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        buffer.writeEnvelope(publication, id: id)
        buffer.writeStaticString("\n")
    }

    func wrapNotice(_ name: StaticString, _ object: ByteBuffer, into buffer: inout ByteBuffer) {
        buffer.writeImmutableBuffer(object)
        buffer.writeStaticString("\n")
    }
}
