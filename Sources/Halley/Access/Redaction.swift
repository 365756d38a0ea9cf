/// Takes credentials out of an address before it is logged.
enum Redaction {
    static func redact(_ uri: String) -> String {
        guard let query = uri.firstIndex(of: "?") else { return uri }
        let items = uri[uri.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = items.map { item in
            Self.isSecret(item.prefix { $0 != "=" }) ? item.prefix { $0 != "=" } + "=[redacted]" : item
        }
        return uri[...query] + shown.joined(separator: "&")
    }

    /// The name may be percent-encoded itself: one that isn't plain letters is not worth a risk.
    private static func isSecret(_ name: Substring) -> Bool {
        name.contains("%") || ["access_token", "token", "key", "api_key", "secret"].contains(name.lowercased())
    }
}
