import HalleyWire
import NIOCore
import Testing

@Suite struct UTF8ValidatorTests {
    /// Both ends of every row of RFC 3629 §4.
    static let valid: [[UInt8]] = [
        [], [0x00], [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xe0, 0xbf, 0xbf], [0xe1, 0x80, 0x80],
        [0xec, 0xbf, 0xbf], [0xed, 0x80, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0xef, 0xbf, 0xbf],
        [0xf0, 0x90, 0x80, 0x80], [0xf0, 0xbf, 0xbf, 0xbf], [0xf1, 0x80, 0x80, 0x80], [0xf3, 0xbf, 0xbf, 0xbf],
        [0xf4, 0x80, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbb, 0xbf, 0x41],
    ]

    @Test(arguments: valid) func takesWhatRFC3629Allows(_ bytes: [UInt8]) {
        #expect(UTF8Validator.isValid(ByteBuffer(bytes: bytes).readableBytesView))
    }

    /// The last byte is the first that can't be.
    static let invalid: [[UInt8]] = [
        // Continuation bytes without a first byte.
        [0x80], [0xbf], [0x41, 0x80], [0xc2, 0x80, 0x80],
        // Overlong forms.
        [0xc0], [0xc1], [0xe0, 0x80], [0xe0, 0x9f], [0xf0, 0x80], [0xf0, 0x8f],
        // Surrogates.
        [0xed, 0xa0], [0xed, 0xbf],
        // Beyond U+10FFFF.
        [0xf4, 0x90], [0xf4, 0xbf], [0xf5], [0xf8], [0xfc], [0xfe], [0xff],
        // Cut off by something else.
        [0xc2, 0x41], [0xc2, 0xc2], [0xe1, 0x80, 0x41], [0xef, 0xbf, 0xc0], [0xf1, 0x80, 0x80, 0x7f],
        [0xf0, 0x90, 0x80, 0xc0], [0xf3, 0x41], [0xe1, 0xff],
    ]

    @Test(arguments: invalid) func failsAtTheEarliestByte(_ bytes: [UInt8]) {
        var validator = UTF8Validator()
        for byte in bytes.dropLast() { #expect(Self.accept([byte], &validator)) }
        #expect(!Self.accept([bytes.last!], &validator))
        for pieces in Pieces.all(of: bytes) {
            var validator = UTF8Validator()
            #expect(!pieces.allSatisfy { Self.accept($0, &validator) })
        }
    }

    static let truncated: [[UInt8]] = [
        [0xc2], [0xe0], [0xe0, 0xa0], [0xe1, 0x80], [0xed, 0x9f], [0xf0], [0xf0, 0x90], [0xf0, 0x90, 0x80],
        [0xf4, 0x8f, 0xbf], [0x41, 0xdf],
    ]

    @Test(arguments: truncated) func isNotCompleteInsideACharacter(_ bytes: [UInt8]) {
        var validator = UTF8Validator()
        #expect(Self.accept(bytes, &validator))
        #expect(!validator.isComplete)
        #expect(!UTF8Validator.isValid(ByteBuffer(bytes: bytes).readableBytesView))
    }

    @Test func takesTextInEverySplit() {
        for pieces in Pieces.all(of: Array("aé€😀\u{10ffff}\u{0} end".utf8)) {
            var validator = UTF8Validator()
            #expect(pieces.allSatisfy { Self.accept($0, &validator) })
            #expect(validator.isComplete)
        }
    }

    /// ASCII is skipped eight bytes at a time: whatever stands before and behind, nothing is passed over.
    @Test func findsABadByteAtEveryPlace() {
        for length in 1...26 {
            for place in 0..<length {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[place] = 0xff
                #expect(!UTF8Validator.isValid(ByteBuffer(bytes: bytes).readableBytesView), "\(place) of \(length)")
            }
        }
    }

    /// The edges of all the ranges that the grammar names.
    private static let edges: [UInt8] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
        0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ]

    /// For every sequence of up to three such bytes: accepted as long as something can follow that makes it valid text,
    /// as the standard library sees it.
    @Test func agreesWithTheStandardLibrary() {
        var sequences: [[UInt8]] = [[]]
        for _ in 1...3 {
            sequences = sequences.flatMap { sequence in Self.edges.map { sequence + [$0] } }
            for sequence in sequences {
                var validator = UTF8Validator()
                let isAccepted = Self.accept(sequence, &validator)
                if isAccepted != Self.canBecomeText(sequence) { Issue.record("\(sequence)") }
                if (isAccepted && validator.isComplete) != Self.isText(sequence) { Issue.record("\(sequence)") }
            }
        }
    }

    private static func canBecomeText(_ bytes: [UInt8]) -> Bool {
        let endings: [[UInt8]] = [
            [], [0x80], [0x80, 0x80], [0xa0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
        ]
        return endings.contains { self.isText(bytes + $0) }
    }

    private static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    private static func accept(_ bytes: [UInt8], _ validator: inout UTF8Validator) -> Bool {
        bytes.withUnsafeBytes { validator.accept($0) }
    }
}
