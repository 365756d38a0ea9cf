import NIOConcurrencyHelpers
import NIOCore

/// Between the task of an endpoint and the loop of its connection: messages in and out, with limits both ways.
final class WebSocketMailbox: Sendable {
    private typealias Reader = CheckedContinuation<WebSocketMessage?, any Error>
    private typealias Sender = CheckedContinuation<Void, any Error>

    private struct State {
        var inbox: WebSocketInboxStateMachine<Reader>
        var outbox: WebSocketOutboxStateMachine<Sender>
        /// The connection has gone: its loop need not be told anything, and may be gone too.
        var isGone = false
    }

    private let state: NIOLockedValueBox<State>
    private let queued: WebSocketQueueBytes
    private let eventLoop: any EventLoop
    /// On the loop only; emptied when the connection has gone.
    private let handler: NIOLoopBoundBox<WebSocketEndpointHandler?>

    /// To be called on the loop.
    init(_ settings: WebSocketSettings, queued: WebSocketQueueBytes, eventLoop: any EventLoop) {
        self.state = NIOLockedValueBox(
            State(inbox: .init(limit: settings.receiveBuffer), outbox: .init(limit: settings.sendBuffer)))
        self.queued = queued
        self.eventLoop = eventLoop
        self.handler = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    deinit {
        let state = self.state.withLockedValue { $0 }
        self.queued.add(received: -state.inbox.weight, sending: -state.outbox.pending)
    }

    /// Whatever changes what the queues hold goes this way.
    private func change<Answer>(_ body: (inout State) -> Answer) -> Answer {
        self.state.withLockedValue { state in
            let (received, sending) = (state.inbox.weight, state.outbox.pending)
            defer {
                self.queued.add(received: state.inbox.weight - received, sending: state.outbox.pending - sending)
            }
            return body(&state)
        }
    }

    // MARK: - The task's side

    var closed: WebSocketClosed? { self.state.withLockedValue { $0.outbox.end } }

    func next() async throws -> WebSocketMessage? {
        let next = self.change { $0.inbox.next() }
        if case .wait = next { return try await self.wait() }
        return try self.result(of: next).get()
    }

    private func wait() async throws -> WebSocketMessage? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (reader: Reader) in
                if Task.isCancelled { return reader.resume(throwing: CancellationError()) }
                if let next = self.change({ $0.inbox.wait(reader) }) {
                    reader.resume(with: self.result(of: next))
                }
                // It may have been cancelled before it was there to be found.
                if Task.isCancelled { self.cancelWait() }
            }
        } onCancel: {
            self.cancelWait()
        }
    }

    private func cancelWait() { self.change { $0.inbox.cancel() }?.resume(throwing: CancellationError()) }

    private func result(of next: WebSocketInboxStateMachine<Reader>.Next) -> Result<WebSocketMessage?, any Error> {
        switch next {
        case .message(let message, let resumes):
            if resumes { self.onLoop { $0.resumeReading() } }
            return .success(message)
        case .end(let end, let isFirst):
            if isFirst { self.onLoop { $0.endpointIsThrough() } }
            return end.result
        case .wait: preconditionFailure("nothing to tell")
        }
    }

    func send(_ message: WebSocketMessage) async throws {
        switch self.change({ $0.outbox.offer(message) }) {
        case .taken(let wakes): if wakes { self.wakeWriter() }
        case .ended(let end): throw end
        case .full: try await self.park(message)
        }
    }

    private func park(_ message: WebSocketMessage) async throws {
        let id = self.change { $0.outbox.newID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (sender: Sender) in
                if Task.isCancelled { return sender.resume(throwing: CancellationError()) }
                switch self.change({ $0.outbox.park(id, message, sender) }) {
                case .taken(let wakes):
                    if wakes { self.wakeWriter() }
                    sender.resume()
                case .ended(let end): sender.resume(throwing: end)
                case .full: if Task.isCancelled { self.cancelSend(id) }
                }
            }
        } onCancel: {
            self.cancelSend(id)
        }
    }

    private func cancelSend(_ id: UInt64) {
        self.change { $0.outbox.cancel(id) }?.resume(throwing: CancellationError())
    }

    /// To be called on any thread.
    func close(_ frame: WebSocketCloseFrame, isByPeer: Bool = false) {
        let end = WebSocketClosed(frame.code ?? 1005, frame.reason, isByPeer: isByPeer)
        guard let (wakes, refused) = self.change({ $0.outbox.close(frame, end) }) else { return }
        for sender in refused { sender.resume(throwing: end) }
        if wakes { self.wakeWriter() }
    }

    private func wakeWriter() { self.onLoop { $0.writeWaiting() } }

    /// The endpoint's task is done.
    func returned(_ error: (any Error)?) { self.onLoop { $0.endpointReturned(error) } }

    private func onLoop(_ body: @escaping @Sendable (WebSocketEndpointHandler) -> Void) {
        if self.state.withLockedValue({ $0.isGone }) { return }
        self.eventLoop.execute { self.handler.value.map(body) }
    }

    // MARK: - The loop's side

    func attach(_ handler: WebSocketEndpointHandler) { self.handler.value = handler }

    func pausesIfFull() -> Bool { self.change { $0.inbox.pausesIfFull() } }

    func arrived(_ message: WebSocketMessage) {
        switch self.change({ $0.inbox.arrived(message) }) {
        case .none: break
        case .wake(let reader, let message): reader.resume(returning: message)
        }
    }

    /// No more messages will come.
    /// - Returns: whether the endpoint knows already.
    func finish(_ end: WebSocketMessagesEnd) -> Bool {
        guard let (reader, told) = self.change({ $0.inbox.finish(end) }) else { return false }
        reader.resume(with: told.result)
        return true
    }

    func takeOutgoing() -> [WebSocketOutgoing] { self.change { $0.outbox.takeAll() } }

    /// - Returns: whether more is to be written now.
    func written(_ weight: Int) -> Bool {
        let (released, wakes) = self.change { $0.outbox.written(weight) }
        for sender in released { sender.resume() }
        return wakes
    }

    /// The connection has gone.
    func detach(_ end: WebSocketClosed) {
        let refused = self.change { state in
            state.isGone = true
            return state.outbox.abandon(end)
        }
        for sender in refused { sender.resume(throwing: end) }
        self.handler.value = nil
    }
}
