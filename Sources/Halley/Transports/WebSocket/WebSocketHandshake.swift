import Crypto
import HalleyWire
import NIOHTTP1

/// An opening handshake (RFC 6455 §4.2) that may be answered.
struct WebSocketHandshake {
    /// The value of `Sec-WebSocket-Accept`.
    let accept: String
    /// What the client offers to speak, by preference.
    let subprotocols: [String]
    let extensions: [WebSocketExtension]

    init(_ request: RequestHead) throws(RequestError) {
        do throws(WebSocketUpgrade.Failure) {
            let upgrade = try WebSocketUpgrade(
                isGet: request.method == .GET, isAsked: request.asks == .webSocket,
                isHTTP11: request.form == .http1(minor: 1), fields: request.fields)
            self.accept = Self.accept(key: upgrade.key)
            self.subprotocols = upgrade.subprotocols
            self.extensions = upgrade.extensions
        } catch {
            throw RequestError(error, at: request.target.path)
        }
    }

    static func accept(key: String) -> String {
        var hash = Insecure.SHA1()
        for var part in [key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"] {
            part.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        }
        return hash.finalize().withUnsafeBytes { Base64.encode($0) }
    }
}

extension RequestError {
    fileprivate init(_ failure: WebSocketUpgrade.Failure, at path: String) {
        self =
            switch failure {
            case .wrongMethod, .notAnUpgrade: .upgradeRequired("“\(path)” speaks WebSocket only.")
            case .wrongVersion: .upgradeRequired("Only version 13 of WebSocket is spoken here.")
            case .wrongHTTP: .malformedHandshake("it needs HTTP/1.1")
            case .missingKey: .malformedHandshake("Sec-WebSocket-Key is missing")
            case .doubledKey: .malformedHandshake("Sec-WebSocket-Key must be there once only")
            case .malformedKey: .malformedHandshake("Sec-WebSocket-Key must be 16 bytes in base64")
            }
    }

    /// It says what is spoken here (RFC 6455 §4.4, RFC 9110 §15.5.22).
    private static func upgradeRequired(_ message: String) -> RequestError {
        RequestError(
            .upgradeRequired, "upgrade_required", message,
            headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")])
    }

    private static func malformedHandshake(_ what: String) -> RequestError {
        RequestError(.badRequest, "bad_request", "The WebSocket handshake is malformed: \(what).")
    }
}
