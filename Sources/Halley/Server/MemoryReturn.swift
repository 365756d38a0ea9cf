import CMemory

/// Gives memory back when a crowd has left: glibc keeps what was free in between, about 9 KB for each connection that there
/// once was.
struct MemoryReturn {
    /// Fewer are not worth the work.
    static let minimum = 1000

    /// The most connections since the last time.
    private var peak = 0

    /// To be called about once a second.
    mutating func look(connections: Int) {
        if self.isDue(connections: connections) { c_memory_return() }
    }

    mutating func isDue(connections: Int) -> Bool {
        self.peak = max(self.peak, connections)
        guard self.peak - connections >= Self.minimum, connections <= self.peak / 2 else { return false }
        self.peak = connections
        return true
    }
}
