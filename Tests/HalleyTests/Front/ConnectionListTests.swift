import Testing

@testable import Halley

@Suite struct ConnectionListTests {
    /// From the beginning, the middle and the end.
    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 2, 0, 0]]) func removesInAnyOrder(_ order: [Int]) {
        let connections = (0..<4).map { _ in Connection() }
        var list = ConnectionList()
        for connection in connections { list.add(connection) }
        var left = Set(connections.map { ObjectIdentifier($0) })
        for index in order {
            list.remove(connections[index])
            left.remove(ObjectIdentifier(connections[index]))
            #expect(Set(list.all.map { ObjectIdentifier($0) }) == left)
            #expect(list.all.count == left.count)
        }
    }

    @Test func takesOneAgain() {
        let connection = Connection()
        var list = ConnectionList()
        list.remove(connection)
        list.add(connection)
        list.remove(connection)
        list.add(connection)
        #expect(list.all.count == 1)
    }
}
