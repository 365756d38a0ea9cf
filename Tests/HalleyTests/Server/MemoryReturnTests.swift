import Testing

@testable import Halley

@Suite struct MemoryReturnTests {
    static let courses: [([Int], [Bool])] = [
        ([0, 999, 0], [false, false, false]),
        ([1000, 1, 0], [false, false, true]),
        ([5000, 3000, 2500, 2000, 1500, 0], [false, false, true, false, false, true]),
        ([10_000, 9000, 5001, 5000, 5000], [false, false, false, true, false]),
        ([2000, 0, 0, 2000, 0], [false, true, false, false, true]),
    ]

    @Test(arguments: courses) func isDueWhenACrowdHasLeft(_ connections: [Int], _ expected: [Bool]) {
        var memory = MemoryReturn()
        #expect(connections.map { memory.isDue(connections: $0) } == expected)
    }
}
