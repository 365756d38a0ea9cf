package import NIOCore

/// Puts the data frames of a peer together to messages (RFC 6455 §5.4, §8.1): text is checked as it arrives.
package struct WebSocketMessageStateMachine {
    package enum Kind: Equatable, Sendable {
        case text
        case binary
    }

    package enum Failure: UInt16, Equatable, Sendable {
        /// A continuation of nothing, or a message within a message.
        case protocolError = 1002
        case notUTF8 = 1007
        case tooBig = 1009
    }

    package enum Action: Equatable {
        case none
        case message(Kind, ByteBuffer)
        case fail(Failure)
    }

    private struct Message {
        var kind: Kind
        var data = ByteBuffer()
        var validator = UTF8Validator()
    }

    private var open: Message?
    private let maximumLength: Int

    /// - Parameter maximumLength: of a message, in bytes.
    package init(maximumLength: Int) { self.maximumLength = maximumLength }

    /// - Parameters:
    ///   - kind: `nil` for a continuation.
    ///   - isFinal: whether the message ends with it.
    package mutating func frame(_ kind: Kind?, isFinal: Bool, _ payload: ByteBuffer) -> Action {
        // A message within a message, or a continuation of nothing.
        if (kind == nil) == (self.open == nil) { return .fail(.protocolError) }
        guard var message = self.open ?? kind.map({ Message(kind: $0) }) else { return .fail(.protocolError) }
        self.open = nil
        if message.data.readableBytes + payload.readableBytes > self.maximumLength { return .fail(.tooBig) }
        if message.kind == .text {
            let isValid = payload.withUnsafeReadableBytes { message.validator.accept($0) }
            if !isValid || (isFinal && !message.validator.isComplete) { return .fail(.notUTF8) }
        }
        if message.data.readableBytes == 0 {
            message.data = payload
        } else {
            message.data.writeImmutableBuffer(payload)
        }
        if isFinal { return .message(message.kind, message.data) }
        self.open = message
        return .none
    }
}
