import Testing

@testable import HalleyWire

/// Where bytes have several faults, the one that shows at the earliest byte is told, however they are cut.
@Suite struct HTTP1CutTests {
    private static let line = "GET / HTTP/1.1\r\n"
    private static let host = line + "Host: a\r\n"
    private static let chunks = host + "Transfer-Encoding: chunked\r\n\r\n"

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
    private static func x(_ count: Int) -> String { self.repeated("x", count) }

    /// A head may have 200 bytes and a target 50, so that the first line may have 82 with its CR. The size of a chunk may
    /// have 217 with its extensions and its CR, a line of the trailers 201.
    static let faults: [(String, HTTP1Failure)] = [
        // Found by fuzzing: no line of HTTP, but one that ends with a bare LF.
        ("\u{16}\u{3}\u{1}\n", .malformed(.requestLine)), (" GET / HTTP/1.1\n", .malformed(.requestLine)),
        ("\r\n\u{16}\n", .malformed(.requestLine)),
        // The beginning of a line may be in order where its end is not.
        ("GET /\n", .malformed(.lineEnd)), ("\r\n\n", .malformed(.lineEnd)), ("\rG\r\n", .malformed(.requestLine)),
        // A method takes of the place that the target has: as long as this it was taken whole, and refused in pieces.
        (x(83) + " / HTTP/1.1\r\nHost: a\r\n\r\n", .targetTooLong), (x(83), .targetTooLong),
        ("GET / HTTP/1.1" + x(80) + "\r\n", .targetTooLong), ("GET /" + x(80) + "\n", .targetTooLong),
        ("G(T /" + x(80) + "\r\n", .targetTooLong), ("GET /é" + x(80) + "\r\n", .targetTooLong),
        ("GET /" + x(50) + " HTTP/2.0\r\n", .targetTooLong),
        // Behind empty lines, the head may come to its limit before its first line does.
        (repeated("\r\n", 59) + x(83) + "\r\n", .targetTooLong),
        (repeated("\r\n", 60) + x(83) + "\r\n", .headTooLarge), (repeated("\r\n", 100) + "GET", .headTooLarge),
        (repeated("\r\n", 100) + "\u{1}", .malformed(.requestLine)),
        // The line of a field that is too long, and has no sound end either.
        (line + "X: " + x(200) + "\n", .headTooLarge), (line + "X: \u{1}" + x(200) + "\r\n", .headTooLarge),
        (line + x(184) + "\n", .malformed(.lineEnd)), (line + x(185) + "\n", .headTooLarge),
        // The size of a chunk, with its extensions.
        (chunks + "z\n", .malformed(.chunkSize)), (chunks + "\n", .malformed(.lineEnd)),
        (chunks + "1\n", .malformed(.lineEnd)), (chunks + "1" + x(300) + "\n", .headTooLarge),
        (chunks + repeated("0", 216) + "\r\n", .malformed(.chunkSize)),
        (chunks + repeated("0", 217) + "\r\n", .headTooLarge),
        // The end of a chunk.
        (chunks + "1\r\nab\n", .malformed(.chunkEnd)), (chunks + "1\r\na\n", .malformed(.lineEnd)),
        (chunks + "1\r\na\r\r\n", .malformed(.chunkEnd)), (chunks + "1\r\na\rb\n", .malformed(.chunkEnd)),
        // Trailers.
        (chunks + "0\r\nX: " + x(300) + "\n", .headTooLarge), (chunks + "0\r\n\n", .malformed(.lineEnd)),
        (chunks + "0\r\n" + x(201) + "\n", .malformed(.lineEnd)), (chunks + "0\r\n" + x(202) + "\n", .headTooLarge),
        (chunks + "0\r\n" + x(300) + "\r\n", .headTooLarge),
    ]

    @Test(arguments: faults) func tellsTheSameFault(_ text: String, _ failure: HTTP1Failure) {
        let bytes = Array(text.utf8)
        var random = SeededRandom(seed: UInt64(bytes.count))
        let cuts = [[bytes], bytes.map { [$0] }] + (0..<8).map { _ in Pieces.random(of: bytes, using: &random) }
        for pieces in cuts {
            let parsed = ParsedRequests(pieces, head: 200, target: 50)
            #expect(parsed.failure == failure, "\(text.debugDescription) as \(pieces.map(\.count))")
        }
    }
}
