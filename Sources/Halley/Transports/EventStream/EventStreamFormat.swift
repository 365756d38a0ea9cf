import HalleyHub
import HalleyWire
import NIOCore

/// A publication as an event of `text/event-stream`.
struct EventStreamFormat: WireFormat {
    let isEnvelope: Bool
    let framing: BodyFraming

    /// Asked for with each publication: nothing is put together for it.
    var identity: String {
        switch (self.isEnvelope, self.framing.isChunked) {
        case (false, false): "event-stream"
        case (false, true): "event-stream chunked"
        case (true, false): "event-stream envelope"
        case (true, true): "event-stream envelope chunked"
        }
    }

    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        self.frame(into: &buffer) { block in
            block.writeEventStreamID(id)
            if !publication.event.isMessage { block.writeEventStreamField("event", publication.event.name) }
            if self.isEnvelope {
                var envelope = ByteBuffer()
                envelope.writeEnvelope(publication, id: id)
                envelope.withUnsafeReadableBytes { block.writeEventStreamData($0) }
            } else {
                block.writeEventStreamData(of: publication.content)
            }
        }
    }

    /// One block.
    func frame(into buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        self.framing.write(into: &buffer) { block in
            body(&block)
            block.writeStaticString("\n")
        }
    }
}

extension ByteBuffer {
    mutating func writeEventStreamID(_ cursor: Cursor) {
        self.writeStaticString("id: ")
        self.writeCursor(cursor)
        self.writeStaticString("\n")
    }

    /// Binary data as base64: the format holds text only.
    fileprivate mutating func writeEventStreamData(of content: Content) {
        guard content.kind == .binary else {
            return content.data.withUnsafeReadableBytes { self.writeEventStreamData($0) }
        }
        self.writeEventStreamField("data", Base64.encode(content.data.readableBytesView))
    }
}
