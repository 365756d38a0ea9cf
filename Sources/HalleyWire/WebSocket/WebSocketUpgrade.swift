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
        if method != "GET" { throw .wrongMethod }
        var given = Fields()
        for field in fields { given.take(field.name, field.value) }
        if !given.namesWebSocket || !given.connectsUpgrade { throw .notAnUpgrade }
        if version != (1, 1) { throw .wrongHTTP }
        if given.versions.first.map({ FieldList.isEqual($0, "13") }) != true { throw .wrongVersion }
        self.key = try Self.checkedKey(given.keys)
        self.subprotocols = given.protocols.flatMap { FieldList.members($0) }.filter { !$0.isEmpty }
        self.extensions = given.extensions.isEmpty ? [] : WebSocketExtension.parse(given.extensions)
    }

    /// What counts of the request's header.
    private struct Fields {
        var namesWebSocket = false
        var connectsUpgrade = false
        var versions: [String] = []
        var keys: [String] = []
        var protocols: [String] = []
        var extensions: [String] = []

        mutating func take(_ name: String, _ value: String) {
            let isNamed = { FieldList.isEqual(name, $0) }
            if isNamed("upgrade") {
                self.namesWebSocket = self.namesWebSocket || FieldList.hasMember(value, "websocket")
            } else if isNamed("connection") {
                self.connectsUpgrade = self.connectsUpgrade || FieldList.hasMember(value, "upgrade")
            } else if isNamed("sec-websocket-version") {
                self.versions.append(value)
            } else if isNamed("sec-websocket-key") {
                self.keys.append(value)
            } else if isNamed("sec-websocket-protocol") {
                self.protocols.append(value)
            } else if isNamed("sec-websocket-extensions") {
                self.extensions.append(value)
            }
        }
    }

    private static func checkedKey(_ keys: [String]) throws(Failure) -> String {
        guard let key = keys.first else { throw .missingKey }
        if keys.count > 1 { throw .doubledKey }
        guard Base64.isSixteenBytes(key) else { throw .malformedKey }
        return key
    }
}
