import NIOConcurrencyHelpers

/// What other threads hand to one loop: publications in log order, and pages of history that an engine read elsewhere.
package final class Inbox: Sendable {
    struct Items {
        var publications: [Publication] = []
        var pages: [(request: UInt64, result: Result<HistoryPage, EngineError>)] = []
        var isEmpty: Bool { self.publications.isEmpty && self.pages.isEmpty }
    }

    private struct State {
        var items = Items()
        /// A turn of the loop is under way to take them.
        var isScheduled = false
    }

    private let state = NIOLockedValueBox(State())
    private let schedule: @Sendable () -> Void

    /// - Parameter schedule: gives the loop a turn in which it drains its shard.
    package init(schedule: @escaping @Sendable () -> Void) { self.schedule = schedule }

    func append(_ publications: [Publication]) {
        self.state.withLockedValue { $0.items.publications.append(contentsOf: publications) }
    }

    func post(_ result: Result<HistoryPage, EngineError>, for request: UInt64) {
        self.state.withLockedValue { $0.items.pages.append((request, result)) }
        self.wake()
    }

    /// One turn for all that has come since the last one.
    func wake() {
        let isDue = self.state.withLockedValue { state in
            if state.isScheduled || state.items.isEmpty { return false }
            state.isScheduled = true
            return true
        }
        if isDue { self.schedule() }
    }

    /// A turn although nothing may have come.
    func requestTurn() {
        let isDue = self.state.withLockedValue { state in
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isDue { self.schedule() }
    }

    func take() -> Items {
        self.state.withLockedValue { state in
            state.isScheduled = false
            let items = state.items
            state.items = Items()
            return items
        }
    }
}

/// All loops of a hub, as the engine sees them.
package struct Inboxes: PublicationSink {
    private let all: [Inbox]
    package init(_ all: [Inbox]) { self.all = all }
    package func append(_ publications: [Publication]) { for inbox in self.all { inbox.append(publications) } }
    package func wake() { for inbox in self.all { inbox.wake() } }
}

/// One page that was asked for: taken at once where the engine answers within the call, else it comes by the inbox.
final class PageRequest: Sendable {
    private enum State {
        case asked
        case answered(Result<HistoryPage, EngineError>)
        case awaited
    }

    let number: UInt64
    private let inbox: Inbox
    private let state = NIOLockedValueBox(State.asked)

    init(number: UInt64, inbox: Inbox) {
        self.number = number
        self.inbox = inbox
    }

    func complete(_ result: Result<HistoryPage, EngineError>) {
        let isAwaited = self.state.withLockedValue { state in
            if case .awaited = state { return true }
            state = .answered(result)
            return false
        }
        if isAwaited { self.inbox.post(result, for: self.number) }
    }

    /// `nil`: it will come by the inbox.
    func takeOrAwait() -> Result<HistoryPage, EngineError>? {
        self.state.withLockedValue { state in
            if case .answered(let result) = state { return result }
            state = .awaited
            return nil
        }
    }
}
