import HalleyBench
import Testing

@Suite("Stamps")
struct StampTests {
    private static let stamps = [Stamp(number: 0x0012_abcd, sent: 0xfedc_ba98_7654_3210), Stamp(number: 7, sent: 8)]

    @Test("A payload has the asked size, and its stamp is read back", arguments: [28, 29, 40, 128])
    func writes(size: Int) {
        let payload = Self.stamps[0].payload(size: size)
        let padding = String(repeating: "x", count: size - 28)
        #expect(String(decoding: payload, as: UTF8.self) == "^0012abcd.fedcba9876543210^\(padding)$")
        #expect(scanned([payload], size: size) == [Self.stamps[0]])
    }

    /// Marks that begin nothing stand before, between and behind.
    private static let stream: [UInt8] =
        Array("data: ^^0012".utf8) + stamps[0].payload(size: 40) + Array("\n\n^".utf8) + stamps[1].payload(size: 40)
        + stamps[0].payload(size: 40) + Array("^0012abcd.".utf8)

    @Test("Payloads are found wherever the bytes were split")
    func findsSplit() {
        let expected = [Self.stamps[0], Self.stamps[1], Self.stamps[0]]
        for place in 0...Self.stream.count {
            let pieces = [Array(Self.stream[..<place]), Array(Self.stream[place...])]
            #expect(scanned(pieces, size: 40) == expected, "split at \(place)")
        }
        #expect(scanned(Self.stream.map { [$0] }, size: 40) == expected)
    }

    @Test("A payload with a wrong end is told as damaged, and the next one is found")
    func tellsDamage() {
        var bytes = Self.stamps[0].payload(size: 40) + Self.stamps[1].payload(size: 40)
        bytes[39] = UInt8(ascii: "x")
        #expect(scanned([bytes], size: 40) == [nil, Self.stamps[1]])
    }

    @Test("A payload that has not ended is not told")
    func waitsForTheEnd() {
        #expect(scanned([Array(Self.stamps[0].payload(size: 40).dropLast())], size: 40) == [])
    }
}

func scanned(_ pieces: [[UInt8]], size: Int) -> [Stamp?] {
    var scanner = StampScanner(size: size)
    var found: [Stamp?] = []
    for piece in pieces { piece.withUnsafeBytes { scanner.scan($0) { found.append($0) } } }
    return found
}
