import HalleyHub
import NIOCore
import Synchronization
import Testing

@Suite struct CohortTests {
    private final class CountingFormat: WireFormat {
        let identity: String
        let encodings = Atomic<Int>(0)

        init(_ identity: String = "counting") { self.identity = identity }

        func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
            self.encodings.add(1, ordering: .relaxed)
            buffer.writeString("\(self.identity)\(id.sequence);")
        }
    }

    @Test func encodesOnceForAThousandSubscribers() {
        let bench = Bench()
        let format = CountingFormat()
        let outlets = (0..<1000).map { bench.attach([("a", .now)], id: UInt64($0), format: format) }
        for _ in 0..<3 { bench.publish("a") }
        bench.settle()
        #expect(format.encodings.load(ordering: .relaxed) == 3)
        #expect(outlets.allSatisfy { $0.batches == 1 && $0.frames == ["counting1;counting2;counting3;"] })
        #expect(outlets.allSatisfy { $0.takeSequences() == [1, 2, 3] })
    }

    @Test func cohortsOfOtherTopicsAndThoseThatCatchUpShareFrames() {
        let bench = Bench()
        let format = CountingFormat()
        let one = bench.attach([("a", .now)], format: format)
        let two = bench.attach([("a", .now), ("b", .now)], format: format)
        bench.publish("a", "b")
        bench.settle()
        let three = bench.attach([("b", .earliest)], format: format)
        #expect(format.encodings.load(ordering: .relaxed) == 1)
        #expect([one, two, three].allSatisfy { $0.frames == ["counting1;"] })
    }

    @Test func eachFormatAndEachShardEncodesForItself() {
        let bench = Bench(shards: 2)
        let formats = ["x", "y"].map { CountingFormat($0) }
        for shard in 0...1 {
            for format in formats { _ = bench.attach([("a", .now)], format: format, shard: shard) }
        }
        bench.publish("a")
        bench.turn(0)
        bench.turn(1)
        #expect(formats.map { $0.encodings.load(ordering: .relaxed) } == [2, 2])
    }

    @Test func manyFormatsOfOneTopic() {
        let bench = Bench()
        let formats = (0..<20).map { CountingFormat("\($0):") }
        var outlets = formats.map { bench.attach([("a", .now)], format: $0) }
        bench.publish("a")
        bench.settle()
        #expect(outlets.map(\.frames) == (0..<20).map { ["\($0):1;"] })
        for (number, outlet) in outlets.enumerated() where number % 3 != 0 { outlet.subscriber?.detach() }
        outlets = formats.map { bench.attach([("a", .now)], format: $0) }
        bench.publish("a")
        bench.settle()
        #expect(outlets.map(\.frames) == (0..<20).map { ["\($0):2;"] })
        #expect(formats.allSatisfy { $0.encodings.load(ordering: .relaxed) == 2 })
        #expect(bench.shard.subscribers(of: Bench.topic("a")) == 27)
    }

    @Test func oneWriteATurnForABurst() {
        let bench = Bench()
        let outlet = bench.attach("a", "b")
        for _ in 0..<500 { bench.publish("a", "b") }
        bench.settle()
        #expect(outlet.batches == 1)
        #expect(outlet.takeSequences() == (1...500).map { UInt64($0) })
    }

    @Test func aLongTurnIsCut() {
        let bench = Bench()
        let outlet = bench.attach("a")
        for _ in 0..<5 { bench.publish("a", bytes: 100_000) }
        bench.settle()
        #expect(outlet.batches == 2)
        #expect(outlet.takeSequences() == [1, 2, 3, 4, 5])
    }

    @Test func oneThatIsLeftOutHasAWriteOfItsOwn() {
        let bench = Bench()
        let format = CountingFormat()
        let first = bench.attach([("a", .now)], id: 1, format: format)
        let second = bench.attach([("a", .now)], id: 2, format: format)
        bench.publish("a")
        bench.publish("a", excluding: [SubscriberID(1)])
        bench.settle()
        #expect(first.frames == ["counting1;"])
        #expect(second.frames == ["counting1;counting2;"])
        #expect(format.encodings.load(ordering: .relaxed) == 2)
    }

    @Test func whoIsDetachedByAWriteOfAnotherGetsNothing() {
        let bench = Bench()
        let first = bench.attach("a")
        let second = bench.attach("a")
        let third = bench.attach("a")
        for outlet in [first, second, third] { _ = outlet.take() }
        first.onWrite = { second.subscriber?.detach() }
        bench.publish("a")
        bench.settle()
        #expect(first.takeSequences() == [1])
        #expect(second.takeSequences() == [])
        #expect(third.takeSequences() == [1])
    }
}
