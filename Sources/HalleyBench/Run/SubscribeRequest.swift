/// What a subscriber says to begin with.
package struct SubscribeRequest: Sendable {
    package let transport: BenchTransport
    package let address: Address
    package var cursor: String?
    private let isHalley: Bool

    /// A topic of a Halley server.
    package init(server: Address, topic: String, transport: BenchTransport) {
        let query = "?topic=\(topic)"
        let path =
            switch transport {
            case .ws: "/ws\(query)&format=raw"
            case .sse: "/sse\(query)"
            case .stream: "/stream\(query)"
            case .longpoll: "/longpoll\(query)&timeout=60"
            }
        self.transport = transport
        self.address = Address(server, path: path)
        self.isHalley = true
    }

    /// Another server's address: WebSocket for `ws://`, Server-Sent Events for `http://`.
    package init(foreign address: Address) {
        self.transport = address.isWebSocket ? .ws : .sse
        self.address = address
        self.isHalley = false
    }

    package var bytes: [UInt8] {
        var head =
            "GET \(self.address.path)\(self.cursorItem) HTTP/1.1\r\nHost: \(self.address.host):\(self.address.port)\r\n"
        switch self.transport {
        case .ws:
            head += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        case .sse:
            head += "Accept: text/event-stream\r\n"
            if let cursor { head += "Last-Event-ID: \(cursor)\r\n" }
        case .stream, .longpoll: break
        }
        return Array((head + "\r\n").utf8)
    }

    /// Server-Sent Events have a header for it.
    private var cursorItem: String {
        guard let cursor, self.isHalley, self.transport != .sse else { return "" }
        return "&cursor=\(cursor)"
    }
}
