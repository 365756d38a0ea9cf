extension HalleyClient {
    /// Begins a push.
    func open(
        _ path: String, _ topics: [String], cursor: String?, _ items: [(String, String)], _ answer: ExpectedAnswer
    ) -> ServerParts.AsyncIterator {
        let target = Self.target(path, Self.subscribeItems(topics, cursor: cursor) + items)
        let request = ServerConnection.Request(target: target, headers: self.headers, answer: answer)
        return ServerConnection.open(request, to: self.address, self.settings)
    }
}
