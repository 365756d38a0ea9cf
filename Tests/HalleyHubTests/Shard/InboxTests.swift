import Synchronization
import Testing

@testable import HalleyHub

@Suite struct InboxTests {
    private final class Turns: Sendable {
        let count = Atomic<Int>(0)
    }

    private func publication(_ sequence: UInt64) throws -> Publication {
        let draft = try PublicationDraft(topics: [Bench.topic("a")], content: .text(""))
        return Publication(sequence: sequence, epoch: 1, time: 0, draft: draft)
    }

    @Test func oneTurnForAllThatCame() throws {
        let turns = Turns()
        let inbox = Inbox { turns.count.add(1, ordering: .relaxed) }
        inbox.wake()
        #expect(turns.count.load(ordering: .relaxed) == 0)
        inbox.append([try self.publication(1)])
        inbox.append([try self.publication(2), try self.publication(3)])
        #expect(turns.count.load(ordering: .relaxed) == 0)
        inbox.wake()
        inbox.wake()
        inbox.requestTurn()
        #expect(turns.count.load(ordering: .relaxed) == 1)
        #expect(inbox.take().publications.map(\.sequence) == [1, 2, 3])
        #expect(inbox.take().isEmpty)
        inbox.wake()
        #expect(turns.count.load(ordering: .relaxed) == 1)
        inbox.requestTurn()
        #expect(turns.count.load(ordering: .relaxed) == 2)
    }

    private func page(_ reached: UInt64) -> Result<HistoryPage, EngineError> {
        .success(HistoryPage(publications: [], missing: [], starts: [], reached: reached, isLast: true))
    }

    @Test func aPageWithinTheCall() {
        let inbox = Inbox {}
        let request = PageRequest(number: 1, inbox: inbox)
        request.complete(self.page(3))
        #expect((try? request.takeOrAwait()?.get())?.reached == 3)
        #expect(inbox.take().pages.isEmpty)
    }

    @Test func aPageLaterWakes() {
        let turns = Turns()
        let inbox = Inbox { turns.count.add(1, ordering: .relaxed) }
        let request = PageRequest(number: 7, inbox: inbox)
        #expect(request.takeOrAwait() == nil)
        request.complete(self.page(3))
        let pages = inbox.take().pages
        #expect(pages.map(\.request) == [7])
        #expect((try? pages[0].result.get())?.reached == 3)
        #expect(turns.count.load(ordering: .relaxed) == 1)
    }
}
