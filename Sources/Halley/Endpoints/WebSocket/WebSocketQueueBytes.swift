import Synchronization

/// What the queues of all endpoints' connections hold, each message with its weight; readable from any thread.
final class WebSocketQueueBytes: Sendable {
    private let receivedBytes = Atomic<Int>(0)
    private let sendingBytes = Atomic<Int>(0)

    /// What the endpoints have not asked for yet.
    var received: Int { self.receivedBytes.load(ordering: .relaxed) }
    /// What the sockets have not taken yet.
    var sending: Int { self.sendingBytes.load(ordering: .relaxed) }

    func add(received: Int, sending: Int) {
        if received != 0 { self.receivedBytes.wrappingAdd(received, ordering: .relaxed) }
        if sending != 0 { self.sendingBytes.wrappingAdd(sending, ordering: .relaxed) }
    }
}
