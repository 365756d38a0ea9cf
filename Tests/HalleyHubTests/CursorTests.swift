import Testing

@testable import HalleyHub

@Suite struct CursorTests {
    private func mark(_ kind: Cursor.Mark.Kind, _ topic: UInt64, _ sequence: UInt64) -> Cursor.Mark {
        Cursor.Mark(topic: topic, kind: kind, sequence: sequence)
    }

    @Test func textOfAPlainOne() {
        #expect(Cursor(epoch: 0x4f9c_1b7a_2e8d_3056, sequence: 128).description == "4f9c1b7a2e8d3056-128")
        #expect(Cursor(epoch: 0, sequence: 0).description == "0000000000000000-0")
    }

    @Test func textWithMarks() {
        let cursor = Cursor(
            epoch: 1, sequence: 20, marks: [self.mark(.start, 0xabc, 36), self.mark(.late, 0xdef, 4)],
            cover: Cursor.Cover(topics: 0x1234, start: 20))
        #expect(cursor.description == "0000000000000001-20.000000000abc10~000000000defn10_000012340")
        #expect(Cursor(cursor.description) == cursor)
    }

    @Test(arguments: [0, 1, UInt64.max - 1, .max], [0, 1, UInt64.max - 1, .max])
    func roundTrip(_ sequence: UInt64, _ other: UInt64) {
        let cursor = Cursor(
            epoch: other, sequence: sequence,
            marks: [self.mark(.late, 0, other), self.mark(.start, 0xffff_ffff_ffff, other)],
            cover: Cursor.Cover(topics: 0xffff_ffff, start: other))
        #expect(Cursor(cursor.description) == cursor)
    }

    @Test func theWorstCaseFits() {
        for (sequence, other) in [(UInt64.max, UInt64(0)), (0, .max)] {
            let marks = (0..<Cursor.maximumMarks).map { self.mark(.late, UInt64($0), other) }
            let cursor = Cursor(
                epoch: .max, sequence: sequence, marks: marks, cover: Cursor.Cover(topics: 0xffff_ffff, start: other))
            #expect(cursor.description.utf8.count <= Cursor.maximumLength)
            #expect(Cursor(cursor.description) == cursor)
        }
    }

    @Test(arguments: [
        "", "-", "0000000000000001", "0000000000000001-", "000000000000001-1", "0000000000000001_1",
        "000000000000000G-1", "000000000000000A-1", "0000000000000001-1 ", " 0000000000000001-1", "0000000000000001-1.",
        "0000000000000001-+1", "0000000000000001--1", "0000000000000001-18446744073709551616",
        "0000000000000001-1.00000000000", "0000000000000001-1.000000000000", "0000000000000001-1.000000000000n",
        "0000000000000001-1.000000000000n2", "0000000000000001-18446744073709551615.0000000000001",
        "0000000000000001-1_", "0000000000000001-1_00000000", "0000000000000001-1_000000001_000000001",
        "0000000000000001-1_000000001.0000000000001", "0000000000000001-1.00000000000011111111111111111",
        "earliest", "last:3",
    ])
    func malformed(_ text: String) {
        #expect(Cursor(text) == nil)
    }

    @Test func marksAtTheLimit() {
        func text(_ count: Int) -> String { "0000000000000001-1" + String(repeating: ".0000000000001", count: count) }
        #expect(Cursor(text(Cursor.maximumMarks))?.marks.count == Cursor.maximumMarks)
        #expect(Cursor(text(Cursor.maximumMarks + 1)) == nil)
    }

    @Test func lengthAtTheLimit() {
        let tooLong = "0000000000000001-" + String(repeating: "0", count: Cursor.maximumLength - 16)
        #expect(tooLong.utf8.count == Cursor.maximumLength + 1)
        #expect(Cursor(tooLong) == nil)
        #expect(Cursor(tooLong.dropLast()) == Cursor(epoch: 1, sequence: 0))
    }

    /// Whatever comes is either no cursor, or one that is written as it means.
    @Test func fuzz() {
        var random = SystemRandomNumberGenerator()
        let seeds = [
            "0000000000000001-20.000000000abc10~000000000defn10_000012340", "4f9c1b7a2e8d3056-128",
            "ffffffffffffffff-18446744073709551615.ffffffffffffnffffffffffffffff",
        ].map { Array($0.utf8) }
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...(round % 4) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch round % 3 {
                case 0: bytes[index] = UInt8.random(in: 32...126, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes.randomElement(using: &random)!, at: index)
                }
            }
            guard let cursor = Cursor(String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(Cursor(cursor.description) == cursor)
        }
    }

    @Test func coverStandsForASetOfTopics() {
        let topics = ["a", "b", "c"].map(Bench.topic)
        #expect(Cursor.Cover.fingerprint(of: topics) == Cursor.Cover.fingerprint(of: topics.reversed()))
        #expect(Cursor.Cover.fingerprint(of: topics) != Cursor.Cover.fingerprint(of: topics.dropLast()))
    }
}
