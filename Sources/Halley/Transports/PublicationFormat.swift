package import HalleyHub

/// All wire formats by name: for those who measure them.
package struct PublicationFormat: Sendable {
    package let name: String
    package let format: any WireFormat

    package static let all: [PublicationFormat] = {
        let framing = BodyFraming(isChunked: true)
        let multipart = Multipart(framing: framing, isRaw: false, saysCursors: true)
        return [
            PublicationFormat(name: "WebSocket envelope", format: WebSocketFormat(isRaw: false, window: nil)),
            PublicationFormat(name: "WebSocket raw", format: WebSocketFormat(isRaw: true, window: nil)),
            PublicationFormat(name: "WebSocket deflated", format: WebSocketFormat(isRaw: false, window: 12)),
            PublicationFormat(name: "event stream", format: EventStreamFormat(isEnvelope: false, framing: framing)),
            PublicationFormat(name: "JSON lines", format: ObjectFormat(wrapping: JSONLines(framing: framing))),
            PublicationFormat(name: "multipart", format: ObjectFormat(wrapping: multipart)),
        ]
    }()
}
