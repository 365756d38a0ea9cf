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

    /// - Parameters:
    ///   - isAsked: whether `Connection` and `Upgrade` ask for it.
    ///   - fields: lists in one field or in several.
    package init(isGet: Bool, isAsked: Bool, isHTTP11: Bool, fields: RequestFields) throws(Failure) {
        if !isAsked { throw .notAnUpgrade }
        if !isHTTP11 { throw .wrongHTTP }
        // A list of versions, or a second one, is no offer of 13 (RFC 6455 §4.2.1, 6.).
        if fields.values("sec-websocket-version") != ["13"] { throw .wrongVersion }
        self.key = try Self.checkedKey(fields.values("sec-websocket-key"))
        self.subprotocols = fields.values("sec-websocket-protocol").flatMap { FieldList.members($0) }
            .filter { !$0.isEmpty }
        let extensions = fields.values("sec-websocket-extensions")
        self.extensions = extensions.isEmpty ? [] : WebSocketExtension.parse(extensions)
        // Last: a HEAD is told what a GET would be (RFC 9110 §9.3.2).
        if !isGet { throw .wrongMethod }
    }

    private static func checkedKey(_ keys: [String]) throws(Failure) -> String {
        guard let key = keys.first else { throw .missingKey }
        if keys.count > 1 { throw .doubledKey }
        guard Base64.isSixteenBytes(key) else { throw .malformedKey }
        return key
    }
}
