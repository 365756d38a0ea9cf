import HalleyHub
import HalleyWire
import NIOCore

/// A publication as one WebSocket message: the envelope as text, or the bare data, text and JSON as text messages, binary as
/// binary ones.
///
/// Without context takeover a compressed message refers to nothing before it: one serves all peers whose window is as wide.
struct WebSocketFormat: WireFormat {
    /// Shorter ones hardly shrink.
    static let threshold = 128

    let isRaw: Bool
    /// How far back a compressed message refers; `nil`: uncompressed.
    let window: Int?

    var identity: String { (self.isRaw ? "ws raw" : "ws envelope") + (self.window.map { " deflate \($0)" } ?? "") }
    var isCostly: Bool { self.window != nil }

    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        let isBinary = self.isRaw && publication.content.kind == .binary
        let payload = self.payload(publication, id)
        if let window, payload.readableBytes >= Self.threshold {
            let deflated = Deflater(windowBits: Int32(window), keepsContext: false).deflate(payload)
            if deflated.readableBytes < payload.readableBytes {
                return buffer.writeWebSocketFrame(isBinary ? .binary : .text, deflated, isCompressed: true)
            }
        }
        buffer.writeWebSocketFrame(isBinary ? .binary : .text, payload)
    }

    private func payload(_ publication: Publication, _ id: Cursor) -> ByteBuffer {
        if self.isRaw { return publication.data }
        var envelope = ByteBuffer()
        envelope.writeEnvelope(publication, id: id)
        return envelope
    }
}
