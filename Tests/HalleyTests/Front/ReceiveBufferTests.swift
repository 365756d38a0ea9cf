import NIOCore
import Testing

@testable import Halley

@Suite struct ReceiveBufferTests {
    private static func sizes(_ counts: [Int]) -> [Int] {
        var buffer = ReceiveBuffer()
        return counts.map { count in
            _ = buffer.record(actualReadBytes: count)
            return buffer.nextBufferSize() ?? 0
        }
    }

    @Test func beginsSmall() {
        #expect(ReceiveBuffer().nextBufferSize() == 256)
        #expect(ReceiveBuffer().buffer(allocator: ByteBufferAllocator()).capacity == 256)
    }

    /// In an existential of NIO's, without memory of its own.
    @Test func isSmallItself() {
        #expect(MemoryLayout<ReceiveBuffer>.size <= 3 * MemoryLayout<Int>.size)
    }

    @Test func growsWhenFullAndNotBeyondItsLimit() {
        #expect(Self.sizes([255, 256, 511, 512, 1024]) == [256, 512, 512, 1024, 2048])
        #expect(Self.sizes(Array(repeating: 1 << 20, count: 9)).suffix(2) == [65536, 65536])
    }

    @Test func shrinksWhenTwiceHalfEmptyAndNotBelowItsBeginning() {
        #expect(Self.sizes([256, 512, 1024, 1023, 1023, 1023]) == [512, 1024, 2048, 2048, 1024, 1024])
        #expect(Self.sizes([256, 512, 511, 512, 511, 512]) == [512, 1024, 1024, 1024, 1024, 1024])
        #expect(Self.sizes([1, 1, 1, 1]) == [256, 256, 256, 256])
    }
}
