import NIOCore
import Testing

@testable import HalleyWire

/// A parser between a head and the end of its request: how much of the body it takes, in each state.
@Suite struct HTTP1BodyTests {
    private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"
    private static let length = head + "Content-Length: "
    private static let chunks = head + "Transfer-Encoding: chunked\r\n\r\n"

    /// A parser that has made so many steps.
    private static func parser(_ text: String, steps: Int) -> (HTTP1Parser, ByteBuffer) {
        var parser = HTTP1Parser.forTests
        var input = ByteBuffer(string: text)
        for _ in 0..<steps { _ = parser.next(&input) }
        return (parser, input)
    }

    private static func failure(_ parser: inout HTTP1Parser, _ input: inout ByteBuffer) -> HTTP1Failure? {
        while true {
            switch parser.next(&input) {
            case .needsMore, .end: return nil
            case .failed(let failure): return failure
            case .head, .body: break
            }
        }
    }

    static let missing: [(String, Int, Int)] = [
        ("", 1, 0), (length, 1, 0),
        // The head, parts of the body, its end.
        (length + "5\r\n\r\n", 1, 5), (length + "5\r\n\r\nab", 2, 3), (length + "5\r\n\r\nabcde", 2, 0),
        (length + "5\r\n\r\nabcde", 3, 0), (length + "0\r\n\r\n", 1, 0), (head + "\r\n", 1, 0),
        // Nobody knows.
        (chunks, 1, 0), (chunks + "5\r\nab", 2, 0),
        ("nonsense\r\n", 1, 0),
    ]

    @Test(arguments: missing) func knowsWhatIsMissing(_ text: String, _ steps: Int, _ count: Int) {
        #expect(Self.parser(text, steps: steps).0.missingBody == count)
    }

    /// With a limit of 10: whether it can be said already that the body will be longer, and what the body's end is.
    static let limited: [(String, Bool, HTTP1Failure?)] = [
        (head + "\r\n", true, nil), (length + "0\r\n\r\n", true, nil), (length + "9\r\n\r\nabcdefghi", true, nil),
        (length + "10\r\n\r\nabcdefghij", true, nil), (length + "11\r\n\r\n", false, .bodyTooLarge),
        (chunks + "a\r\nabcdefghij\r\n0\r\n\r\n", true, nil), (chunks + "b\r\n", true, .bodyTooLarge),
    ]

    @Test(arguments: limited) func limits(_ text: String, _ mayBe: Bool, _ failure: HTTP1Failure?) {
        var (parser, input) = Self.parser(text, steps: 1)
        let isWithin = parser.limitBody(to: 10)
        #expect(isWithin == mayBe)
        #expect(Self.failure(&parser, &input) == failure)
    }

    /// A limit is for the body that comes next: not asked for between head and body it changes nothing.
    @Test(
        arguments: [
            ("", 0), (length + "20\r\n\r\n0123", 2), (chunks + "14\r\n0123", 2), (head + "\r\n", 2),
            ("nonsense\r\n", 1),
        ])
    func limitsNothingElsewhere(_ text: String, _ steps: Int) {
        var (parser, input) = Self.parser(text, steps: steps)
        let before = Self.failure(&parser, &input)
        let isWithin = parser.limitBody(to: 1)
        #expect(isWithin)
        #expect(Self.failure(&parser, &input) == before)
    }

    /// Without it any length is taken, and each request has its own.
    @Test func limitsOneBody() {
        var (parser, input) = Self.parser(Self.length + "1\r\n\r\na" + Self.length + "3\r\n\r\nabc", steps: 1)
        parser.limitBody(to: 1)
        for _ in 0..<2 { _ = parser.next(&input) }
        guard case .head = parser.next(&input), case .body(let body) = parser.next(&input) else {
            Issue.record("no body")
            return
        }
        #expect(body == ByteBuffer(string: "abc"))
    }

    /// With at most 11: after how many steps, whether it is short.
    static let dropped: [(String, Int, Bool)] = [
        // No body, none yet, none any more.
        ("", 0, true), (head + "\r\n", 1, true), (head + "\r\n", 2, true), (length + "2\r\n\r\nab", 3, true),
        // Before the body, and in it.
        (length + "11\r\n\r\n", 1, true), (length + "12\r\n\r\n", 1, false), (chunks, 1, true),
        (length + "5\r\n\r\nab", 2, true), (length + "13\r\n\r\nab", 2, true), (length + "14\r\n\r\nab", 2, false),
        (length + "2\r\n\r\nab", 2, true),
        (chunks + "4\r\nab", 2, true), (chunks + "d\r\nab", 2, true), (chunks + "e\r\nab", 2, false),
        (chunks + "2\r\nab", 2, true), (chunks + "2\r\nab\r\n0\r\n", 3, true),
        ("nonsense\r\n", 1, false),
    ]

    @Test(arguments: dropped) func dropsABodyThatIsShort(_ text: String, _ steps: Int, _ isShort: Bool) {
        var (parser, _) = Self.parser(text, steps: steps)
        let isDropped = parser.dropBody(atMost: 11)
        #expect(isDropped == isShort)
    }

    /// What is left of the present chunk was not counted: twice as much as was to be dropped could come.
    static let droppedChunks: [(String, Int, String, HTTP1Failure?)] = [
        (chunks, 1, "b\r\n01234567890\r\n0\r\n\r\n", nil), (chunks, 1, "c\r\n", .bodyTooLarge),
        (chunks, 1, "a\r\n0123456789\r\n2\r\n", .bodyTooLarge),
        (chunks + "c\r\n01", 2, "0123456789\r\n1\r\n0\r\n0\r\n\r\n", nil),
        (chunks + "c\r\n01", 2, "0123456789\r\n2\r\n", .bodyTooLarge),
        (chunks + "2\r\n01", 2, "\r\nb\r\n01234567890\r\n0\r\n\r\n", nil),
        (chunks + "2\r\n01", 2, "\r\nc\r\n", .bodyTooLarge),
    ]

    @Test(arguments: droppedChunks) func dropsNoMoreThanIsAsked(
        _ text: String, _ steps: Int, _ rest: String, _ failure: HTTP1Failure?
    ) {
        var (parser, input) = Self.parser(text, steps: steps)
        let isDropped = parser.dropBody(atMost: 11)
        #expect(isDropped)
        input.writeString(rest)
        #expect(Self.failure(&parser, &input) == failure)
    }

    /// The limit that was said first holds on.
    @Test func dropsNoMoreThanItsLimit() {
        var (parser, input) = Self.parser(Self.chunks + "2\r\n01", steps: 1)
        parser.limitBody(to: 5)
        guard case .body = parser.next(&input) else {
            Issue.record("no body")
            return
        }
        let isDropped = parser.dropBody(atMost: 11)
        #expect(isDropped)
        input.writeString("\r\n4\r\n")
        #expect(Self.failure(&parser, &input) == .bodyTooLarge)
    }
}
