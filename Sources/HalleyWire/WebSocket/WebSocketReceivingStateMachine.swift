package import NIOCore

/// What a peer says on a WebSocket, out of the pieces of its frames: messages are put together, inflated and checked as
/// they arrive (RFC 6455 §5.4–5.6, §7.1, §8.1; RFC 7692 §7.2.2).
package struct WebSocketReceivingStateMachine {
    package enum Action: Equatable {
        case none
        case message(WebSocketMessageKind, ByteBuffer)
        /// To be answered with the same payload.
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The peer closes; to be answered with the same code.
        case close(code: UInt16?, reason: String)
        /// To be closed with that code.
        case fail(WebSocketFailure)
    }

    package struct Limits: Sendable {
        /// Bytes, inflated.
        package var message: Int
        package var fragments: Int

        package init(message: Int, fragments: Int = 1 << 17) {
            self.message = message
            self.fragments = fragments
        }
    }

    private struct Message {
        var kind: WebSocketMessageKind
        var isCompressed: Bool
        var data = ByteBuffer()
        var validator = UTF8Validator()
        /// Bytes that the validator has seen.
        var checked = 0
        var fragments = 0
    }

    private enum State {
        case between
        indirect case inside(Message)
        /// Nothing counts any more after a close, or a failure.
        case ended
    }

    private let limits: Limits
    private let inflater: MessageInflater?
    private var state = State.between

    /// - Parameter inflater: where compression was agreed on.
    package init(limits: Limits, inflater: MessageInflater? = nil) {
        self.limits = limits
        self.inflater = inflater
    }

    /// Between two messages, and nothing is kept of those that have been.
    var isAtRest: Bool { if case .between = self.state { self.inflater == nil } else { false } }

    package mutating func piece(_ piece: WebSocketPiece) -> Action {
        if case .ended = self.state { return .none }
        let action = piece.opcode.isControl ? Self.control(piece) : self.data(piece)
        switch action {
        case .close, .fail: self.state = .ended
        case .none, .message, .ping, .pong: break
        }
        return action
    }

    // MARK: - Control frames

    private static func control(_ piece: WebSocketPiece) -> Action {
        switch piece.opcode {
        case .ping: .ping(piece.payload)
        case .pong: .pong(piece.payload)
        default: self.close(piece.payload)
        }
    }

    private static func close(_ payload: ByteBuffer) -> Action {
        var payload = payload
        if payload.readableBytes == 0 { return .close(code: nil, reason: "") }
        guard let code = payload.readInteger(as: UInt16.self), WebSocketCloseCode.isAllowed(code) else {
            return .fail(WebSocketFailure(1002, "malformed close frame"))
        }
        guard UTF8Validator.isValid(payload.readableBytesView) else {
            return .fail(WebSocketFailure(1007, "the close reason is not UTF-8"))
        }
        return .close(code: code, reason: String(buffer: payload))
    }

    // MARK: - Messages

    private mutating func data(_ piece: WebSocketPiece) -> Action {
        guard var message = self.message(for: piece) else {
            return .fail(WebSocketFailure(1002, "a fragment out of order"))
        }
        // Given up meanwhile, so that its data is not copied.
        self.state = .between
        if piece.isStart { message.fragments += 1 }
        if message.fragments > self.limits.fragments { return .fail(WebSocketFailure(1009, "too many fragments")) }
        let isLast = piece.isFinal && piece.isEnd
        if let failure = self.take(piece.payload, isLast: isLast, into: &message) { return .fail(failure) }
        if isLast { return .message(message.kind, message.data) }
        self.state = .inside(message)
        return .none
    }

    /// `nil`: a continuation of nothing, or a message within a message.
    private func message(for piece: WebSocketPiece) -> Message? {
        let kind: WebSocketMessageKind? =
            switch piece.opcode {
            case .text: .text
            case .binary: .binary
            default: nil
            }
        guard case .inside(let message) = self.state else {
            return kind.map { Message(kind: $0, isCompressed: piece.isCompressed) }
        }
        return kind == nil || !piece.isStart ? message : nil
    }

    private func take(_ payload: ByteBuffer, isLast: Bool, into message: inout Message) -> WebSocketFailure? {
        if message.isCompressed {
            if let failure = self.inflate(payload, isLast: isLast, into: &message.data) { return failure }
        } else if message.data.readableBytes + payload.readableBytes > self.limits.message {
            return WebSocketFailure(1009, "message too big")
        } else if message.data.readableBytes == 0 {
            message.data = payload
        } else {
            message.data.writeImmutableBuffer(payload)
        }
        return message.kind == .text ? Self.check(&message, isLast: isLast) : nil
    }

    private func inflate(_ payload: ByteBuffer, isLast: Bool, into data: inout ByteBuffer) -> WebSocketFailure? {
        guard let inflater = self.inflater else { return WebSocketFailure(1002, "compressed without agreement") }
        do throws(Inflater.Failure) {
            try inflater.inflate(payload, isLast: isLast, into: &data, limit: self.limits.message)
            return nil
        } catch {
            return error == .tooBig
                ? WebSocketFailure(1009, "message too big") : WebSocketFailure(1007, "the message can't be inflated")
        }
    }

    /// Fails at the piece that breaks it.
    private static func check(_ message: inout Message, isLast: Bool) -> WebSocketFailure? {
        let fresh = message.data.readableBytesView.dropFirst(message.checked)
        message.checked = message.data.readableBytes
        let isValid = fresh.withUnsafeBytes { message.validator.accept($0) }
        return isValid && (!isLast || message.validator.isComplete)
            ? nil : WebSocketFailure(1007, "the text is not UTF-8")
    }
}

package enum WebSocketMessageKind: Equatable, Sendable {
    case text
    case binary
}

/// Inflates the messages of one peer: with a window for each message, or one for all.
package final class MessageInflater {
    private let windowBits: Int32
    private let keepsContext: Bool
    private var inflater: Inflater?

    /// - Parameter keepsContext: a message may refer to those before it: the window stays.
    package init(windowBits: Int32, keepsContext: Bool) {
        self.windowBits = windowBits
        self.keepsContext = keepsContext
    }

    func inflate(
        _ payload: ByteBuffer, isLast: Bool, into data: inout ByteBuffer, limit: Int
    ) throws(Inflater.Failure) {
        let inflater = self.inflater ?? Inflater(windowBits: self.windowBits)
        self.inflater = inflater
        try inflater.inflate(payload, into: &data, limit: limit)
        guard isLast else { return }
        try inflater.finish(into: &data, limit: limit)
        if !self.keepsContext { self.inflater = nil }
    }
}
