import HalleyWire
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The answer that a push begins with.
enum ExpectedAnswer: Sendable {
    /// 200 with an endless body of that content type.
    case body(type: String)
    /// 101, and the key proven (RFC 6455 §4.1).
    case webSocket(NIOWebSocketClientUpgrader)

    static func webSocket() -> ExpectedAnswer {
        // Only its key and its judgement are used: the frames are read by our own decoder.
        .webSocket(NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
    }

    enum Verdict {
        case taken
        case refused
        case broken(ClientError)
    }

    /// Adds the fields that ask for it.
    func ask(in headers: inout HTTPHeaders) {
        switch self {
        case .body(let type): headers.add(name: "Accept", value: type)
        case .webSocket(let upgrader):
            headers.add(name: "Connection", value: "Upgrade")
            headers.add(name: "Upgrade", value: "websocket")
            upgrader.addCustom(upgradeRequestHeaders: &headers)
        }
    }

    func judge(_ head: HTTPResponseHead) -> Verdict {
        switch self {
        case .body(let expected):
            if head.status != .ok { return .refused }
            let type = head.headers.first(name: "Content-Type") ?? ""
            let essence = FieldList.trim(type.prefix { $0 != ";" })
            return FieldList.isEqual(essence, expected)
                ? .taken : .broken(.unexpectedAnswer("The server's answer is “\(type)”, not “\(expected)”."))
        case .webSocket(let upgrader):
            // A server that answers in full does not take the WebSocket; its words may say why.
            if head.status == .ok { return .broken(.unexpectedAnswer("The server does not take the WebSocket.")) }
            if head.status != .switchingProtocols { return .refused }
            return Self.isWebSocket(head.headers) && upgrader.shouldAllowUpgrade(upgradeResponse: head)
                ? .taken : .broken(.unexpectedAnswer("The server's opening handshake is not that of a WebSocket."))
        }
    }

    /// What was not asked for must not be agreed on either.
    private static func isWebSocket(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "Connection"].contains { FieldList.isEqual($0, "upgrade") }
            && headers["Upgrade"].contains { FieldList.isEqual($0, "websocket") }
            && !headers.contains(name: "Sec-WebSocket-Extensions") && !headers.contains(name: "Sec-WebSocket-Protocol")
    }
}
