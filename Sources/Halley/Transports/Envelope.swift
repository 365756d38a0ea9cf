import HalleyHub
import HalleyWire
import NIOCore

/// A publication as one JSON object on one line (`docs/protocol.md` §2).
extension ByteBuffer {
    mutating func writeEnvelope(_ publication: Publication, id: Cursor) {
        self.reserveCapacity(minimumWritableBytes: publication.data.readableBytes + 160)
        self.writeStaticString(#"{"id":""#)
        self.writeCursor(id)
        self.writeStaticString(#"","topic":"#)
        self.writeJSONString(publication.topic.name)
        self.writeStaticString(#","event":"#)
        self.writeJSONString(publication.event.name)
        self.writeStaticString(#","data":"#)
        self.writeContent(publication.content)
        if publication.content.kind == .binary { self.writeStaticString(#","encoding":"base64""#) }
        if let type = publication.content.type {
            self.writeStaticString(#","type":"#)
            self.writeJSONString(type)
        }
        self.writeStaticString(#","time":"#)
        self.writeDecimal(UInt64(publication.time))
        self.writeStaticString("}")
    }

    /// JSON as itself, text as a string, binary as base64 in a string.
    mutating func writeContent(_ content: Content) {
        switch content.kind {
        case .json: self.writeImmutableBuffer(content.data)
        case .text: content.data.withUnsafeReadableBytes { self.writeJSONString($0) }
        case .binary:
            self.writeStaticString("\"")
            self.writeString(Base64.encode(content.data.readableBytesView))
            self.writeStaticString("\"")
        }
    }

    mutating func writeGap(_ gap: Gap) {
        self.writeStaticString(#"{"topics":"#)
        self.writeTopics(gap.topics)
        self.writeStaticString(#","after":"#)
        self.writeJSONString(gap.after)
        self.writeStaticString(#","reason":"#)
        self.writeJSONString(gap.reason.rawValue)
        self.writeStaticString("}")
    }

    mutating func writeTopics(_ topics: [Topic]) {
        self.writeStaticString("[")
        for (index, topic) in topics.enumerated() {
            if index > 0 { self.writeStaticString(",") }
            self.writeJSONString(topic.name)
        }
        self.writeStaticString("]")
    }
}
