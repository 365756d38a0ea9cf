import NIOCore
import Testing

@testable import HalleyWire

/// Each limit on both sides of it, however the bytes are cut.
@Suite struct HTTP1LimitTests {
    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private static func failures(_ text: String, head: Int = 200, target: Int = 50, body: Int = .max) -> [HTTP1Failure?]
    {
        Pieces.some(of: Array(text.utf8)).map { ParsedRequests($0, head: head, target: target, body: body).failure }
    }

    private static func expect(
        _ failures: [HTTP1Failure?], _ expected: HTTP1Failure?, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(failures.allSatisfy { $0 == expected }, "\(failures)", sourceLocation: location)
    }

    // MARK: - Heads

    /// A request whose target and head have so many bytes.
    private static func long(_ target: Int, _ head: Int) -> String {
        let line = "GET /" + Self.repeated("x", target - 1) + " HTTP/1.1\r\nHost: a\r\nX: "
        return line + Self.repeated("y", head - line.utf8.count - 4) + "\r\n\r\n"
    }

    @Test(
        arguments: [
            (49, 199, nil), (50, 200, nil), (51, 200, .targetTooLong), (50, 201, .headTooLarge),
            (51, 201, .targetTooLong), (5000, 6000, .targetTooLong),
        ] as [(Int, Int, HTTP1Failure?)])
    func limitsTheHead(_ target: Int, _ head: Int, _ failure: HTTP1Failure?) {
        Self.expect(Self.failures(Self.long(target, head)), failure)
    }

    /// Where the limit lies in the end of the last field, or in that of the head.
    @Test(arguments: 1...4) func limitsTheEndOfAHead(_ missing: Int) {
        let text = Self.long(10, 100)
        Self.expect(Self.failures(text, head: 100), nil)
        Self.expect(Self.failures(text, head: 100 - missing), .headTooLarge)
    }

    /// They are counted, though they are no part of it.
    @Test func limitsTheEmptyLinesBeforeAHead() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let lines = Self.repeated("\r\n", 10)
        Self.expect(Self.failures(lines + head, head: 20 + head.utf8.count), nil)
        Self.expect(Self.failures(lines + head, head: 19 + head.utf8.count), .headTooLarge)
        Self.expect(Self.failures(lines, head: 20), nil)
        Self.expect(Self.failures(lines, head: 19), .headTooLarge)
        Self.expect(Self.failures(lines, head: 18), .headTooLarge)
    }

    /// Each request of a connection has the whole of it.
    @Test func limitsEachHeadAlone() {
        Self.expect(Self.failures(Self.repeated(Self.long(50, 200), 3)), nil)
        Self.expect(Self.failures(Self.long(50, 200) + Self.long(50, 201)), .headTooLarge)
    }

    /// A head, or a line, without an end.
    @Test(
        arguments: [
            ("GET /" + repeated("x", 500), .targetTooLong), (repeated("G", 500), .targetTooLong),
            ("\r\nGET /" + repeated("x", 500), .targetTooLong),
            ("GET / HTTP/1.1\r\nX: " + repeated("x", 500), .headTooLarge),
            ("GET / HTTP/1.1\r\n" + repeated("X: y\r\n", 100), .headTooLarge),
            (repeated("\r\n", 200), .headTooLarge), (repeated("\r\n", 99) + "GET ", .headTooLarge),
            (repeated("\r\n", 90) + repeated("G", 500), .headTooLarge),
        ] as [(String, HTTP1Failure)])
    func waitsForNoEndOfAHead(_ text: String, _ failure: HTTP1Failure) {
        Self.expect(Self.failures(text), failure)
    }

    /// A line that was too long was refused only where its end came later than that: found by fuzzing.
    @Test(
        arguments: [
            // The whole line may have 32 bytes more than the target.
            (repeated("M", 70) + " / HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            (repeated("M", 71) + " / HTTP/1.1\r\nHost: a\r\n\r\n", .targetTooLong),
            (repeated("M", 21) + " /" + repeated("x", 49) + " HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            (repeated("M", 22) + " /" + repeated("x", 49) + " HTTP/1.1\r\nHost: a\r\n\r\n", .targetTooLong),
            ("GET /" + repeated("x", 100) + "\n", .targetTooLong),
            ("GET /\u{1}" + repeated("x", 100) + " HTTP/1.1\r\n", .targetTooLong),
            ("GET / HTTP/1.1\r\nX: " + repeated("y", 200) + "\n", .headTooLarge),
            ("GET / HTTP/1.1\r\nX : " + repeated("y", 200) + "\r\n", .headTooLarge),
            // What comes first counts.
            ("GET / HTTP/1.1\r\nX : y\r\nX: " + repeated("y", 200) + "\n", .malformed(.fieldName)),
            ("(" + repeated("x", 300) + "\r\n", .malformed(.requestLine)),
        ] as [(String, HTTP1Failure?)])
    func saysTheSameOfALongLineWithItsEnd(_ text: String, _ failure: HTTP1Failure?) {
        Self.expect(Self.failures(text), failure)
    }

    /// A head that may not even have the line.
    @Test(arguments: [(40, .headTooLarge), (200, .targetTooLong)] as [(Int, HTTP1Failure)])
    func theLimitThatComesFirstCounts(_ head: Int, _ failure: HTTP1Failure) {
        Self.expect(Self.failures("GET /" + Self.repeated("x", 300) + " HTTP/1.1\r\n", head: head), failure)
    }

    // MARK: - Bodies

    private static let length = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
    private static let chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(
        arguments: [
            (length + "9\r\n\r\n012345678", nil), (length + "10\r\n\r\n0123456789", nil),
            (length + "11\r\n\r\n", .bodyTooLarge), (length + "9223372036854775807\r\n\r\n", .bodyTooLarge),
            (chunks + "a\r\n0123456789\r\n0\r\n\r\n", nil), (chunks + "b\r\n", .bodyTooLarge),
            (chunks + "9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n", nil),
            (chunks + "9\r\n012345678\r\n2\r\n", .bodyTooLarge), (chunks + "a\r\n0123456789\r\n1\r\n", .bodyTooLarge),
            (chunks + "7fffffffffffffff\r\n", .bodyTooLarge), (chunks + "8000000000000000\r\n", .bodyTooLarge),
            (chunks + "ffffffffffffffff\r\n", .bodyTooLarge), (chunks + "FFFFFFFFFFFFFFFF;a\r\n", .bodyTooLarge),
        ] as [(String, HTTP1Failure?)])
    func limitsTheBody(_ text: String, _ failure: HTTP1Failure?) {
        Self.expect(Self.failures(text, body: 10), failure)
    }

    /// Even without a limit a body is no longer than can be counted.
    @Test(
        arguments: [
            (length + "9223372036854775807\r\n\r\n0", nil), (length + "9223372036854775808\r\n\r\n", .bodyTooLarge),
            (chunks + "7fffffffffffffff\r\n0", nil), (chunks + "8000000000000000\r\n", .bodyTooLarge),
            (chunks + "1\r\na\r\n7ffffffffffffffe\r\n0", nil),
            (chunks + "1\r\na\r\n7fffffffffffffff\r\n", .bodyTooLarge),
        ] as [(String, HTTP1Failure?)])
    func countsWithoutALimit(_ text: String, _ failure: HTTP1Failure?) {
        Self.expect(Self.failures(text), failure)
    }

    /// No body at all.
    @Test(
        arguments: [
            (length + "0\r\n\r\n", nil), (length + "1\r\n\r\n", .bodyTooLarge), (chunks + "0\r\n\r\n", nil),
            (chunks + "1\r\n", .bodyTooLarge),
        ] as [(String, HTTP1Failure?)])
    func mayForbidABody(_ text: String, _ failure: HTTP1Failure?) {
        Self.expect(Self.failures(text, body: 0), failure)
    }

    // MARK: - What comes besides a body

    /// Extensions and trailers of a body together are no longer than a head.
    @Test(arguments: [(99, nil), (100, nil), (101, .headTooLarge)] as [(Int, HTTP1Failure?)])
    func limitsWhatComesBesidesABody(_ count: Int, _ failure: HTTP1Failure?) {
        let trailers = "A: " + Self.repeated("x", count - 7) + "\r\nB: c\r\n\r\n"
        for text in [
            "1;" + Self.repeated("x", count - 1) + "\r\na\r\n0\r\n\r\n",
            "1\r\na\r\n0;" + Self.repeated("x", count - 1) + "\r\n\r\n",
            "0\r\n" + trailers,
            "1;" + Self.repeated("x", 49) + "\r\na\r\n0;" + Self.repeated("x", count - 51) + "\r\n\r\n",
            "0;" + Self.repeated("x", 49) + "\r\nA:" + Self.repeated(" ", count - 52) + "\r\n\r\n",
            // However many digits a size has.
            "0000000000000001;" + Self.repeated("x", count - 1) + "\r\na\r\n0\r\n\r\n",
        ] {
            Self.expect(Self.failures(Self.chunks + text, head: 100), failure)
        }
    }

    /// Each body has the whole of it.
    @Test func limitsWhatComesBesidesEachBodyAlone() {
        let text = Self.chunks + "0;" + Self.repeated("x", 99) + "\r\n\r\n"
        Self.expect(Self.failures(Self.repeated(text, 3), head: 100), nil)
    }

    /// A line of a chunked body without an end, and what is said of such a line with its end.
    @Test(
        arguments: [
            ("1;" + repeated("x", 500), .headTooLarge), ("1;" + repeated("x", 500) + "\n", .headTooLarge),
            ("0\r\nA: " + repeated("x", 500), .headTooLarge), ("0\r\nA: " + repeated("x", 500) + "\n", .headTooLarge),
            ("0\r\nA : " + repeated("x", 500) + "\r\n", .headTooLarge),
            (repeated("0", 500), .headTooLarge), (repeated("0", 500) + "\r\n", .headTooLarge),
            (repeated("0", 100) + "\r\n", .malformed(.chunkSize)),
        ] as [(String, HTTP1Failure)])
    func waitsForNoEndOfALineInABody(_ text: String, _ failure: HTTP1Failure) {
        Self.expect(Self.failures(Self.chunks + text, head: 100), failure)
    }
}
