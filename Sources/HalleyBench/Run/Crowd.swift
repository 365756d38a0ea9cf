import NIOCore
import NIOPosix

/// Who subscribes, and from where.
package struct CrowdPlan: Sendable {
    package var request: SubscribeRequest
    package var connections: Int
    /// Source addresses, 127.0.0.1 and the following; a source has about 28,000 ports.
    package var sources: Int
    /// Connections that may be on their way at the same time.
    package var window = 64
    /// Bytes of a payload.
    package var size: Int
    /// A message that each WebSocket client sends to begin with, for servers that want one.
    package var greeting: String?

    package init(request: SubscribeRequest, connections: Int, sources: Int, size: Int) {
        self.request = request
        self.connections = connections
        self.sources = sources
        self.size = size
    }

    func source(_ index: Int) -> String { "127.0.0.\(1 + index * self.sources / max(1, self.connections))" }
}

/// All subscribers. It belongs to the run's event loop.
final class Crowd {
    private(set) var plan: CrowdPlan
    let loop: any EventLoop
    let tally: Tally
    /// What each subscriber has got already when it comes.
    var ledger = DeliveryLedger()

    /// Connected and, unless they wait to be told, subscribed.
    private(set) var ready = 0
    private(set) var disconnected = 0
    /// Why the first one was disconnected.
    private(set) var firstReason: String?
    private var subscribers: [Subscriber] = []
    private var begun = 0
    private var published = 0
    private var asksAtOnce = true
    private var opened: EventLoopPromise<Void>?

    var alive: Int { self.ready - self.disconnected }

    init(_ plan: CrowdPlan, on loop: any EventLoop, _ tally: Tally) {
        self.plan = plan
        self.loop = loop
        self.tally = tally
        self.subscribers.reserveCapacity(plan.connections)
    }

    /// Opens all connections.
    /// - Parameter asking: whether they subscribe at once, or wait for `ask`.
    func open(asking: Bool) -> EventLoopFuture<Void> {
        let promise = self.loop.makePromise(of: Void.self)
        self.asksAtOnce = asking
        self.opened = promise
        if self.plan.connections == 0 { promise.succeed() }
        for _ in 0..<min(self.plan.window, self.plan.connections) { self.openOne() }
        return promise.futureResult
    }

    /// Lets those that wait subscribe, with this cursor.
    func ask(cursor: String?) {
        self.plan.request.cursor = cursor
        let bytes = ByteBuffer(bytes: self.plan.request.bytes)
        for subscriber in self.subscribers { subscriber.ask(bytes) }
    }

    /// Counts anew.
    func begin(from first: UInt32) {
        self.tally.begin(from: first)
        self.published = 0
        for subscriber in self.subscribers { subscriber.received = 0 }
    }

    /// So many publications go out to everyone; calls when all have all.
    func expect(_ publications: Int, _ whenAllCame: @escaping () -> Void) {
        self.published += publications
        self.tally.expect(publications * self.alive, whenAllCame)
    }

    private func openOne() {
        let index = self.begun
        self.begun += 1
        do {
            let source = try SocketAddress(ipAddress: self.plan.source(index), port: 0)
            let server = try SocketAddress.makeAddressResolvingHost(
                self.plan.request.address.host, port: self.plan.request.address.port)
            let request = self.asksAtOnce ? ByteBuffer(bytes: self.plan.request.bytes) : nil
            let crowd = NIOLoopBound(self, eventLoop: self.loop)
            ClientBootstrap.lean(self.loop, from: self.plan.sources > 1 ? source : nil)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let subscriber = Subscriber(crowd.value, first: request)
                        crowd.value.subscribers.append(subscriber)
                        channel.leaveNoPortBehind()
                        try channel.pipeline.syncOperations.addHandler(subscriber)
                    }
                }
                .connect(to: server)
                .whenFailure { crowd.value.fail("connection \(index + 1) failed: \($0)") }
        } catch {
            self.fail("no address for connection \(index + 1): \(error)")
        }
    }

    private func fail(_ message: String) {
        self.opened?.fail(BenchError(message))
        self.opened = nil
    }

    // MARK: What subscribers tell

    func becameReady() {
        self.ready += 1
        if self.begun < self.plan.connections {
            self.openOne()
        } else if self.ready == self.plan.connections {
            self.opened?.succeed()
            self.opened = nil
        }
    }

    func closed(_ subscriber: Subscriber, wasReady: Bool, _ reason: String) {
        guard wasReady else { return self.fail("the server refused a subscriber: \(reason)") }
        self.disconnected += 1
        if self.firstReason == nil { self.firstReason = reason }
        self.tally.giveUp(self.published - subscriber.received)
    }
}
