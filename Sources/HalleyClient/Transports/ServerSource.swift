/// One connection, or one request after the other, by one transport.
protocol ServerSource {
    /// - Parameter cursor: where it begins; `nil`: from now on.
    init(_ client: HalleyClient, _ topics: [String], cursor: String?)

    /// - Returns: what has come, maybe nothing; `nil` at the end.
    mutating func next() async throws -> [ServerWord]?
}
