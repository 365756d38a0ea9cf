/// How publications go out, and what is said for them.
package struct PublishRequest: Sendable {
    package enum Way: Sendable {
        /// Halley: one `POST`; several together as one batch.
        case halley(topic: String)
        /// A `POST` each, one after the other without a wait for the answer.
        case post
        /// A WebSocket client's message each, which the server hands on.
        case webSocket
    }

    package let way: Way
    package let address: Address
    private let key: String?

    package init(server: Address, topic: String, key: String?) {
        (self.way, self.address, self.key) = (.halley(topic: topic), Address(server, path: "/publish"), key)
    }

    /// `http://`: a POST each; `ws://`: a message each.
    package init(foreign address: Address) {
        (self.way, self.address, self.key) = (address.isWebSocket ? .webSocket : .post, address, nil)
    }

    package func bytes(_ payloads: [[UInt8]]) -> [UInt8] {
        switch self.way {
        case .halley(let topic):
            payloads.count == 1
                ? self.post(payloads[0], type: "text/plain", path: "/publish?topic=\(topic)")
                : self.post(Self.batch(payloads, topic), type: "application/json", path: "/publish")
        case .post: payloads.flatMap { self.post($0, type: "text/plain", path: self.address.path) }
        case .webSocket: payloads.flatMap { ClientFrame.text($0) }
        }
    }

    private func post(_ body: [UInt8], type: String, path: String) -> [UInt8] {
        var head =
            "POST \(path) HTTP/1.1\r\nHost: \(self.address.host):\(self.address.port)\r\nContent-Type: \(type)\r\n"
        if let key { head += "Authorization: Bearer \(key)\r\n" }
        return Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body
    }

    /// Payloads and benchmark topics need no escapes.
    private static func batch(_ payloads: [[UInt8]], _ topic: String) -> [UInt8] {
        let items = payloads.map { "{\"topic\":\"\(topic)\",\"data\":\"\(String(decoding: $0, as: UTF8.self))\"}" }
        return Array("{\"publications\":[\(items.joined(separator: ","))]}".utf8)
    }
}
