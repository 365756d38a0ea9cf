import HalleyHub

extension Topic {
    /// A topic that a request names. A refusal says which name is meant, as a request may have many.
    static func requested(_ name: String) throws(RequestError) -> Topic {
        do { return try Topic(name) } catch {
            let refusal = RequestError(error)
            if name.isEmpty || refusal.message.contains(name) { throw refusal }
            throw RequestError(refusal.status, refusal.code, "\(refusal.message) It is “\(Self.shown(name))”.")
        }
    }

    /// The beginning of it, in characters that can be shown.
    private static func shown(_ name: String) -> String {
        let beginning = name.unicodeScalars.prefix(40)
        let text = beginning.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }
        return text.joined() + (beginning.endIndex == name.unicodeScalars.endIndex ? "" : "…")
    }
}
