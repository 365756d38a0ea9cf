import Crypto
import HalleyWire
import NIOHTTP1

/// Checks an opening handshake (RFC 6455 §4.2).
enum WebSocketHandshake {
    private static let version = ("Sec-WebSocket-Version", "13")

    /// - Returns: the value of `Sec-WebSocket-Accept`.
    static func accept(_ request: Request) throws(RequestError) -> String {
        let upgrade = request.headers[canonicalForm: "Upgrade"].map { $0.lowercased() }
        let connection = request.headers[canonicalForm: "Connection"].map { $0.lowercased() }
        guard upgrade.contains("websocket"), connection.contains("upgrade"), request.method == .GET else {
            throw RequestError(
                .upgradeRequired, "upgrade_required", "“\(request.target.path)” speaks WebSocket only.",
                headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), self.version])
        }
        guard request.isHTTP11 else { throw self.malformed("it needs HTTP/1.1") }
        guard request.header("Sec-WebSocket-Version") == "13" else {
            throw RequestError(
                .upgradeRequired, "upgrade_required", "Only version 13 of WebSocket is spoken here.",
                headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), self.version])
        }
        let keys = request.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, keys[0].utf8.count == 24, Base64.decode(keys[0])?.count == 16 else {
            throw self.malformed("Sec-WebSocket-Key must be 16 bytes in base64")
        }
        return self.accept(key: keys[0])
    }

    static func accept(key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Base64.encode(Array(digest))
    }

    /// What the client offers to speak, by preference (RFC 6455 §11.3.4).
    static func subprotocols(_ request: Request) -> [String] {
        request.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    }

    private static func malformed(_ what: String) -> RequestError {
        RequestError(.badRequest, "bad_request", "The WebSocket handshake is malformed: \(what).")
    }
}
