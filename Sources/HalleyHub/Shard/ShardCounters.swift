package import Synchronization

/// What one loop has done, readable from any thread.
package final class ShardCounters: Sendable {
    package let subscribers = Atomic<Int>(0)
    package let deliveries = Atomic<Int>(0)
    package let gaps = Atomic<Int>(0)
    package let slowReaders = Atomic<Int>(0)
    package init() {}
}
