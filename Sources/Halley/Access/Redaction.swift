import HalleyWire

/// Takes credentials out of an address before it is logged.
enum Redaction {
    static func redact(_ uri: String) -> String {
        guard let query = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return uri }
        let start = uri.utf8.index(after: query)
        let items = uri.utf8[start...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        if !items.contains(where: { self.isSecret(self.name(of: $0)) }) { return uri }
        let shown = items.map { item in
            let name = self.name(of: item)
            return self.isSecret(name) ? name + "=[redacted]" : String(Substring(item))
        }
        return uri[..<start] + shown.joined(separator: "&")
    }

    private static func name(of item: Substring.UTF8View) -> String {
        String(Substring(item.prefix { $0 != UInt8(ascii: "=") }))
    }

    /// The name may be percent-encoded itself: one that isn't plain letters is not worth a risk.
    private static func isSecret(_ name: String) -> Bool {
        name.utf8.contains(UInt8(ascii: "%"))
            || ["access_token", "token", "key", "api_key", "secret"].contains { FieldList.isEqual(name, $0) }
    }
}
