/// A client's opening handshake (RFC 6455 §4.2.1), checked: what the answer is made of.
package struct WebSocketUpgrade: Sendable, Equatable {
    package enum Failure: Error, Sendable, CaseIterable {
        /// Not GET.
        case wrongMethod
        /// It does not ask to go on as a WebSocket.
        case notAnUpgrade
        /// Not HTTP/1.1.
        case wrongHTTP
        /// Not version 13 of WebSocket.
        case wrongVersion
        case missingKey
        case doubledKey
        /// Not 16 bytes in base64.
        case malformedKey
    }

    /// The value of `Sec-WebSocket-Key`.
    package let key: String
    /// What the client offers to speak, by preference (RFC 6455 §11.3.4).
    package let subprotocols: [String]
    /// By preference too.
    package let extensions: [WebSocketExtension]

    /// - Parameter fields: in any case and order; lists in one field or in several.
    package init(
        method: String, version: (major: Int, minor: Int), fields: some Collection<(name: String, value: String)>
    ) throws(Failure) {
        let values = { (name: String) in fields.filter { FieldList.isEqual($0.name, name) }.map(\.value) }
        let list = { (name: String) in values(name).flatMap { FieldList.members($0) } }
        if method != "GET" { throw .wrongMethod }
        guard list("upgrade").contains(where: { FieldList.isEqual($0, "websocket") }),
            list("connection").contains(where: { FieldList.isEqual($0, "upgrade") })
        else { throw .notAnUpgrade }
        if version != (1, 1) { throw .wrongHTTP }
        if values("sec-websocket-version").first.map({ FieldList.isEqual($0, "13") }) != true { throw .wrongVersion }
        self.key = try Self.checkedKey(values("sec-websocket-key"))
        self.subprotocols = list("sec-websocket-protocol").filter { !$0.isEmpty }
        self.extensions = WebSocketExtension.parse(values("sec-websocket-extensions"))
    }

    private static func checkedKey(_ keys: [String]) throws(Failure) -> String {
        guard let key = keys.first else { throw .missingKey }
        if keys.count > 1 { throw .doubledKey }
        guard key.utf8.count == 24, Base64.decode(key)?.count == 16 else { throw .malformedKey }
        return key
    }
}
