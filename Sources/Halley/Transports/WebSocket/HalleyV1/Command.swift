import HalleyHub
import NIOCore

/// What a client asks on a WebSocket that speaks `halley.v1` (`docs/protocol.md` §11).
struct Command: Sendable {
    enum Body: Sendable {
        case subscribe([(topic: Topic, start: StartPoint)])
        case unsubscribe([Topic])
        case publish(PublicationDraft, key: String?)
        case history([(topic: Topic, start: StartPoint)], limit: Int)
        case presence(Topic, limit: Int)
        case authenticate(token: String)
        case ping
    }

    let id: CommandID
    var body: Body
}

/// The client's own name for a command: a JSON string or whole number, said back as it came.
struct CommandID: Sendable, Equatable {
    static let maximumLength = 64

    let text: ByteBuffer

    /// - Parameter text: one JSON value.
    init?(_ text: ByteBuffer) {
        guard text.readableBytes <= Self.maximumLength, let first = text.readableBytesView.first else { return nil }
        let isNumber = text.readableBytesView.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard first == UInt8(ascii: "\"") || isNumber else { return nil }
        self.text = text
    }
}

/// A message that is no command. It has an id where that could be read.
struct CommandFailure: Error {
    let id: CommandID?
    let error: RequestError
}
