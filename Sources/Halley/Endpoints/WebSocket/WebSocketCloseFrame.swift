import HalleyWire
import NIOCore

/// What a close frame of ours says (RFC 6455 §5.5.1).
struct WebSocketCloseFrame: Equatable, Sendable {
    /// A control frame may have 125 bytes, two of them the code's.
    static let maximumReason = 123

    /// `nil`: the frame is empty.
    let code: UInt16?
    let reason: String

    init(_ code: UInt16?, _ reason: String = "") {
        self.code = code
        self.reason = code == nil ? "" : Self.cut(reason)
    }

    /// RFC 6455 §7.4 and the registry of close codes.
    static func isAllowed(_ code: Int) -> Bool { UInt16(exactly: code).map(WebSocketCloseCode.isAllowed) ?? false }

    private static func cut(_ reason: String) -> String {
        var reason = reason
        while reason.utf8.count > Self.maximumReason { reason.removeLast() }
        return reason
    }

    var payload: ByteBuffer {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code)
            payload.writeString(self.reason)
        }
        return payload
    }
}
