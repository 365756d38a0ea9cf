import NIOCore

/// How much a connection reads at once. It keeps what it has read into, and most connections are pushes that receive next to
/// nothing: so it begins small, and grows with what comes.
///
/// Small itself too: what has more than three words needs memory of its own in NIO's channel.
struct ReceiveBuffer: RecvByteBufferAllocator {
    static let smallest = 256
    static let largest = 64 << 10

    private var size = smallest
    private var hadRoom = false

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: self.size) }

    func nextBufferSize() -> Int? { self.size }

    /// Full: the next is twice as large. Half empty twice in a row: half as large.
    mutating func record(actualReadBytes count: Int) -> Bool {
        if count >= self.size {
            self.hadRoom = false
            self.size = min(2 * self.size, Self.largest)
            return true
        }
        let hasRoom = count < self.size / 2
        if hasRoom && self.hadRoom { self.size = max(self.size / 2, Self.smallest) }
        self.hadRoom = hasRoom && !self.hadRoom
        return false
    }
}
