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

    let framing: BodyFraming
    let isRaw: Bool
    let saysCursors: Bool
    /// Its own for each connection: who has seen another's could publish data that holds it.
    let boundary: String

    init(framing: BodyFraming, isRaw: Bool, saysCursors: Bool) {
        self.framing = framing
        self.isRaw = isRaw
        self.saysCursors = saysCursors
        self.boundary = "halley-" + (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    var identity: String { "multipart " + self.boundary }

    /// What comes before the first part.
    func prelude() -> ByteBuffer {
        var buffer = ByteBuffer()
        self.framing.write(into: &buffer) { $0.writeString("--\(self.boundary)\r\n") }
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

    func wrapEnd(_ object: ByteBuffer, into buffer: inout ByteBuffer) {
        let headers: [(StaticString, String)] = self.isRaw ? [("Halley-Notice", "end")] : []
        self.part("application/json", headers, object, closing: "--", into: &buffer)
    }

    /// - Parameter closing: `--` where it is the last one.
    private func part(
        _ type: String, _ headers: [(StaticString, String)], _ body: ByteBuffer, closing: StaticString = "",
        into buffer: inout ByteBuffer
    ) {
        buffer.writeString("Content-Type: \(type)\r\nContent-Length: \(body.readableBytes)\r\n")
        for (name, value) in headers { buffer.writeString("\(name): \(value)\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(body)
        buffer.writeString("\r\n--\(self.boundary)\(closing)\r\n")
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
