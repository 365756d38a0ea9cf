/// One entry of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
package struct WebSocketExtension: Sendable, Equatable {
    package var name: String
    package var parameters: [(name: String, value: String?)]

    package init(name: String, parameters: [(name: String, value: String?)]) {
        self.name = name
        self.parameters = parameters
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.parameters.elementsEqual(right.parameters) { $0 == $1 }
    }

    /// - Parameter header: the values of the field.
    package static func parse(_ header: [String]) -> [WebSocketExtension] {
        header.flatMap { FieldList.parts($0, at: UInt8(ascii: ",")) }.compactMap { entry in
            let parts = FieldList.parts(entry, at: UInt8(ascii: ";"))
            guard let name = parts.first, !name.isEmpty else { return nil }
            return WebSocketExtension(name: name, parameters: parts.dropFirst().map(self.parameter))
        }
    }

    private static func parameter(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (text, nil) }
        let name = FieldList.trim(text[..<equals])
        let value = FieldList.trim(text[text.utf8.index(after: equals)...])
        return (name, self.unquoted(value))
    }

    private static func unquoted(_ value: String) -> String {
        let quote = UInt8(ascii: "\"")
        guard value.utf8.count >= 2, value.utf8.first == quote, value.utf8.last == quote else { return value }
        return String(value.utf8.dropFirst().dropLast()) ?? value
    }
}
