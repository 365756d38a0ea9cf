import HalleyHub
import HalleyWire
import NIOCore

/// One part for each publication and notice (RFC 2046 §5.1). The boundary that ends a part comes with it, so that a client
/// need not wait for the next one.
struct Multipart: ObjectWrapping {
    enum Kind: String {
        case mixed
        case replace = "x-mixed-replace"
    }

    /// Random, so that no data holds it.
    static let boundary = "halley-" + String(UInt64.random(in: .min ... .max), radix: 36)
        + String(UInt64.random(in: .min ... .max), radix: 36)

    let framing: BodyFraming
    let isRaw: Bool
    let saysCursors: Bool

    var identity: String { self.isRaw ? "multipart raw" : "multipart" }

    /// What comes before the first part.
    func prelude() -> ByteBuffer {
        var buffer = ByteBuffer()
        self.framing.write(into: &buffer) { $0.writeString("--\(Self.boundary)\r\n") }
        return buffer
    }

    func wrapPublication(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        if self.isRaw {
            let headers: [(StaticString, String)] = [
                ("Halley-Id", id.description), ("Halley-Topic", PercentEncoding.encode(publication.topic.name)),
                ("Halley-Event", PercentEncoding.encode(publication.event.name)),
            ]
            self.part(publication.content.shownType, headers, publication.data, into: &buffer)
        } else {
            var envelope = ByteBuffer()
            envelope.writeEnvelope(publication, id: id)
            self.part("application/json", [], envelope, into: &buffer)
        }
    }

    func wrapNotice(_ name: StaticString, _ object: ByteBuffer, into buffer: inout ByteBuffer) {
        let headers: [(StaticString, String)] = self.isRaw ? [("Halley-Notice", "\(name)")] : []
        self.part("application/json", headers, object, into: &buffer)
    }

    func writeEnd(into buffer: inout ByteBuffer) { buffer.writeString("\r\n--\(Self.boundary)--\r\n") }

    private func part(
        _ type: String, _ headers: [(StaticString, String)], _ body: ByteBuffer, into buffer: inout ByteBuffer
    ) {
        buffer.writeString("Content-Type: \(type)\r\nContent-Length: \(body.readableBytes)\r\n")
        for (name, value) in headers { buffer.writeString("\(name): \(value)\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(body)
        buffer.writeString("\r\n--\(Self.boundary)\r\n")
    }
}

extension Content {
    /// The content type, the obvious one included.
    fileprivate var shownType: String {
        if let type = self.type { return type }
        return switch self.kind {
        case .json: "application/json"
        case .text: "text/plain; charset=utf-8"
        case .binary: "application/octet-stream"
        }
    }
}
