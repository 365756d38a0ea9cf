import HalleyHub
import HalleyWire
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import Halley

/// A publication is deflated once for all subscribers that agreed on the same window, on whatever loop they are.
@Suite(.timeLimit(.minutes(5))) struct CompressedFanOutTests {
    private static let subscribers = 1000

    /// Counts what it really writes.
    private struct CountingFormat: WireFormat {
        let base: WebSocketFormat
        let encoded: NIOLockedValueBox<Int>

        var identity: String { self.base.identity }
        var isCostly: Bool { self.base.isCostly }

        func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
            self.encoded.withLockedValue { $0 += 1 }
            self.base.encode(publication, id: id, into: &buffer)
        }
    }

    /// On its loop: what came, as one long buffer.
    private final class Outlet: SubscriberOutlet {
        private let reports: @Sendable (ByteBuffer) -> Void
        private let expected: Int
        private var count = 0
        private var bytes = ByteBuffer()

        init(expected: Int, reports: @escaping @Sendable (ByteBuffer) -> Void) {
            self.expected = expected
            self.reports = reports
        }

        var isWritable: Bool { true }

        func deliver(_ batch: DeliveryBatch) {
            self.count += batch.publications.count
            self.bytes.writeImmutableBuffer(batch.frames)
            if self.count == self.expected { self.reports(self.bytes) }
        }

        func notify(_ notice: Notice) {}
        func end(_ reason: CloseReason) {}
    }

    @Test func aThousandSubscribersCostOneDeflation() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let loops = Array(group.makeIterator())
        let rules = TopicRules()
        let hub = try await Hub(engine: MemoryEngine(rules: rules), rules: rules, eventLoops: loops)
        let topic = try Topic("news")
        let texts = (0..<5).map { number in String(repeating: "text \(number) ", count: 200) }
        let encoded = NIOLockedValueBox(0)
        let format = CountingFormat(base: WebSocketFormat(isRaw: true, window: 12), encoded: encoded)
        let received = NIOLockedValueBox<[ByteBuffer]>([])
        let all = group.next().makePromise(of: Void.self)
        for loop in loops {
            try await loop.submit {
                for _ in 0..<Self.subscribers / loops.count {
                    let outlet = Outlet(expected: texts.count) { bytes in
                        let count = received.withLockedValue { received in
                            received.append(bytes)
                            return received.count
                        }
                        if count == Self.subscribers / loops.count * loops.count { all.succeed() }
                    }
                    _ = hub.shard(on: loop).attach(
                        SubscribeRequest(topics: [(topic, .now)], format: format), outlet: outlet)
                }
            }.get()
        }
        for text in texts { try await hub.publish(.text(text), to: topic) }
        try await all.futureResult.get()
        #expect(encoded.withLockedValue { $0 } == texts.count)
        let different = received.withLockedValue { Set($0) }
        #expect(different.count == 1)
        #expect(try Self.messages(different.first ?? ByteBuffer()) == texts)
    }

    /// As a client that agreed on a window of 12 bits reads them.
    private static func messages(_ bytes: ByteBuffer) throws -> [String] {
        var bytes = bytes
        var messages: [String] = []
        while bytes.readableBytes > 0 {
            let head = bytes.readBytes(length: 2) ?? []
            #expect(head.first == 0xc1)
            let long = head.last == 126 ? bytes.readInteger(as: UInt16.self).map(Int.init) : nil
            let payload = bytes.readSlice(length: long ?? Int(head.last ?? 0))
            messages.append(String(buffer: try self.inflate(try #require(payload))))
        }
        return messages
    }

    private static func inflate(_ payload: ByteBuffer) throws -> ByteBuffer {
        let inflater = Inflater(windowBits: 12)
        var message = ByteBuffer()
        try inflater.inflate(payload, into: &message, limit: 1 << 20)
        try inflater.finish(into: &message, limit: 1 << 20)
        return message
    }
}
