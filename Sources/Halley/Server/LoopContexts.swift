import NIOCore

/// The contexts of all loops, reachable from any thread.
final class LoopContexts: Sendable {
    private let boxes: [(eventLoop: any EventLoop, box: NIOLoopBoundBox<LoopContext?>)]
    private let server: ServerContext

    init(_ server: ServerContext, _ eventLoops: [any EventLoop]) {
        self.server = server
        self.boxes = eventLoops.map { ($0, NIOLoopBoundBox.makeEmptyBox(valueType: LoopContext.self, eventLoop: $0)) }
    }

    /// To be called on the loop.
    func context(on eventLoop: any EventLoop) -> LoopContext {
        guard let (_, box) = self.boxes.first(where: { $0.eventLoop === eventLoop }) else {
            preconditionFailure("not a loop of this server")
        }
        if let context = box.value { return context }
        let context = LoopContext(server: self.server, eventLoop: eventLoop)
        box.value = context
        return context
    }

    /// Asks every loop, on it.
    func onEach<Answer: Sendable>(
        _ body: @escaping @Sendable (LoopContext) -> Answer
    ) async throws -> [Answer] {
        var answers: [EventLoopFuture<Answer>] = []
        for (eventLoop, _) in self.boxes { answers.append(eventLoop.submit { body(self.context(on: eventLoop)) }) }
        var all: [Answer] = []
        for answer in answers { all.append(try await answer.get()) }
        return all
    }

    /// Ends all connections in the drain's time.
    func drain(_ drain: Drain) async {
        for (eventLoop, _) in self.boxes { eventLoop.execute { self.spread(drain, on: eventLoop) } }
        while self.server.connections.count > 0, NIODeadline.now() < drain.end {
            await drain.wait(min(drain.end, .now() + .milliseconds(20)))
            // Who has come while the others were told their turn has none of its own.
            let isOver = NIODeadline.now() >= drain.lastWord
            for (eventLoop, _) in self.boxes { eventLoop.execute { self.endIdle(on: eventLoop, all: isOver) } }
        }
        for (eventLoop, _) in self.boxes {
            eventLoop.execute {
                for connection in self.context(on: eventLoop).connections.all { connection.abort() }
            }
        }
    }

    private func spread(_ drain: Drain, on eventLoop: any EventLoop) {
        let connections = Array(self.context(on: eventLoop).connections.all)
        let window = (drain.lastWord - .now()).nanoseconds
        for (index, connection) in connections.enumerated() {
            // Few connections don't need the whole window.
            let spacing = min(window / Int64(connections.count), TimeAmount.milliseconds(20).nanoseconds)
            let delay = TimeAmount.nanoseconds(max(0, spacing) * Int64(index))
            eventLoop.assumeIsolated().scheduleTask(in: delay) {
                connection.isToEnd = true
                connection.drain()
            }
        }
    }

    /// Those that were busy when their turn came.
    private func endIdle(on eventLoop: any EventLoop, all: Bool) {
        for connection in self.context(on: eventLoop).connections.all
        where (all || connection.isToEnd) && connection.isIdle {
            connection.drain()
        }
    }
}
