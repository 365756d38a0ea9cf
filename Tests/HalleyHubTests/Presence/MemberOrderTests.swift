import HalleySimulation
import Testing

@testable import HalleyHub

@Suite struct MemberOrderTests {
    private func clients(_ order: MemberOrder<Int>, limit: Int = .max) -> [UInt64] {
        order.first(limit).map(\.client.value)
    }

    @Test func whoComesBackIsTheLast() {
        var order = MemberOrder<Int>()
        for client in [5, 3, 9] as [UInt64] { #expect(order.put(Int(client), ClientID(client)) == nil) }
        #expect(order.put(33, ClientID(3)) == 3)
        #expect(self.clients(order) == [5, 3, 9])
        #expect(order[ClientID(3)] == 33)
        order.remove(ClientID(5))
        #expect(order[ClientID(5)] == nil)
        _ = order.put(5, ClientID(5))
        #expect(self.clients(order) == [3, 9, 5])
        #expect(self.clients(order, limit: 2) == [3, 9])
        #expect(self.clients(order, limit: 0) == [])
    }

    @Test func nobodyIsThere() {
        var order = MemberOrder<Int>()
        order.remove(ClientID(0))
        #expect(self.clients(order) == [])
        #expect(order[ClientID(0)] == nil)
        #expect(order.count == 0)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func agreesWithAnArray(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var order = MemberOrder<Int>()
        var model: [(client: UInt64, value: Int)] = []
        for round in 0..<5000 {
            let client = UInt64.random(in: 0..<40, using: &random)
            let index = model.firstIndex { $0.client == client }
            if Bool.random(using: &random) {
                #expect(order.put(round, ClientID(client)) == index.map { model[$0].value })
                if let index { model[index].value = round } else { model.append((client, round)) }
            } else {
                order.remove(ClientID(client))
                if let index { model.remove(at: index) }
            }
            #expect(order.count == model.count)
            #expect(self.clients(order) == model.map(\.client))
            #expect(order.first(3).map(\.value) == model.prefix(3).map(\.value))
        }
    }
}
