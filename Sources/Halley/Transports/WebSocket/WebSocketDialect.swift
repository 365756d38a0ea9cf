import HalleyHub
import HalleyWire
import NIOCore

/// What a WebSocket on `/ws` says (`docs/protocol.md` §5): one message a publication, notices as JSON.
///
/// Small enough to lie inside of what holds it: each connection has one.
struct WebSocketDialect: PushDialect {
    let isRaw: Bool
    let hello: Bool
    /// It speaks `halley.v1`: who the client is, it is told with the hello.
    var client: ClientCredentials?
    /// How far back compressed messages refer, where compression was agreed on.
    var window: UInt8?

    var isSession: Bool { self.client != nil }
    var name: String { "ws" }
    /// RFC 6455 §7.1.1: the connection is closed when both have sent their close frames.
    var peerAnswersEnd: Bool { true }
    var format: any WireFormat { WebSocketFormat(isRaw: self.isRaw, window: self.window.map(Int.init)) }

    func write(_ notice: Notice, into buffer: inout ByteBuffer) {
        switch notice {
        case .hello(let cursor):
            if let client {
                buffer.writeWebSocketFrame(.text, NoticeObject.hello(cursor, client))
            } else if self.hello {
                buffer.writeWebSocketFrame(.text, NoticeObject.hello(cursor))
            }
        case .gap(let gap, let id): buffer.writeWebSocketFrame(.text, NoticeObject.gap(gap, id: id))
        case .caughtUp(let topics, let id):
            buffer.writeWebSocketFrame(.text, NoticeObject.caughtUp(topics, id: id))
        case .joined: break
        }
    }

    /// The pings keep the connection open; only the cursor is worth a message.
    func writeHeartbeat(_ cursor: Cursor, into buffer: inout ByteBuffer) {
        if self.hello { buffer.writeWebSocketFrame(.text, NoticeObject.cursor(cursor)) }
    }

    func writeEnd(_ reason: CloseReason, retry: Int?, into buffer: inout ByteBuffer) {
        let text = reason == .draining || reason == .overloaded ? "retry=\(retry ?? 0)" : reason.text
        Self.writeClose(reason.webSocketCode, text, into: &buffer)
    }

    static func writeClose(_ code: UInt16?, _ text: String, into buffer: inout ByteBuffer) {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code)
            payload.writeString(text)
        }
        buffer.writeWebSocketFrame(.close, payload)
    }
}
