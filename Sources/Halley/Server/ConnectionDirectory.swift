import HalleyHub

/// Which streams of one loop a client has, for who acts on it from outside. One that claims no id has one of its own for as long
/// as it is there, which others see: such ones are looked for among all.
struct ConnectionDirectory {
    private var streams: [ClientID: [PushStream]] = [:]

    mutating func add(_ stream: PushStream, of client: ClientID) { self.streams[client, default: []].append(stream) }

    mutating func remove(_ stream: PushStream, of client: ClientID) {
        if self.streams.isEmpty { return }
        guard var known = self.streams[client] else { return }
        known.removeAll { $0 === stream }
        self.streams[client] = known.isEmpty ? nil : known
    }

    /// How many clients have a stream that is listed.
    var count: Int { self.streams.count }

    /// - Parameter all: every connection of the loop.
    func streams(of client: ClientID, among all: ConnectionList) -> [PushStream] {
        self.streams[client]
            ?? all.all.compactMap { $0 as? PushStream }.filter { $0.member?.client == client }
    }
}
