/// An open connection as its loop sees it. A base class, so that its places on the loop need no objects of their own.
class Connection: TimerClient {
    fileprivate var index = -1
    /// Its turn in a drain has come: it ends as soon as it can.
    var isToEnd = false

    /// Nothing is under way on it: it ends at once.
    var isIdle: Bool { false }
    /// Tells the client to come back elsewhere or later, and ends.
    func drain() {}
    /// The time is over.
    func abort() {}
}

/// The open connections of one loop, in no order.
struct ConnectionList {
    private(set) var all: ContiguousArray<Connection> = []

    mutating func add(_ connection: Connection) {
        connection.index = self.all.count
        self.all.append(connection)
    }

    /// The last one takes its place. One that is not there is passed over.
    mutating func remove(_ connection: Connection) {
        let index = connection.index
        if index < 0 { return }
        connection.index = -1
        let last = self.all.removeLast()
        if last === connection { return }
        self.all[index] = last
        last.index = index
    }
}
