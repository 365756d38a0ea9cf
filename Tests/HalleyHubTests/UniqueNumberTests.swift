import Testing

@testable import HalleyHub

@Suite struct UniqueNumberTests {
    @Test func noneComesTwice() async {
        let lists = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { (0..<10_000).map { _ in UniqueNumber.next() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(lists.joined()).count == 40_000)
    }

    @Test func idsComeOfIt() {
        #expect(SubscriberID.random() != SubscriberID.random())
        #expect(ClientID.random() != ClientID.random())
    }
}
