import Testing

@testable import HalleyClient

struct RetryTimeTests {
    @Test(arguments: [
        (Int.min, Duration.zero), (-1, .zero), (0, .zero), (1, .milliseconds(1)), (3_600_000, .seconds(3600)),
        (3_600_001, .seconds(3600)), (Int.max, .seconds(3600)),
    ])
    func isAnHourAtMost(_ milliseconds: Int, _ expected: Duration) {
        #expect(RetryTime(milliseconds: milliseconds).duration == expected)
    }

    @Test(arguments: [
        ("0", Duration.zero), ("7", .seconds(7)), ("9223372036854775807", .seconds(3600)), ("", nil), ("-1", nil),
        ("+1", nil), ("1.5", nil), ("99999999999999999999", nil), ("Wed, 21 Oct 2026 07:28:00 GMT", nil),
    ])
    func readsRetryAfter(_ text: String, _ expected: Duration?) {
        #expect(RetryTime(seconds: text)?.duration == expected)
    }

    @Test(arguments: [
        ("retry=60000", Duration.seconds(60)), ("retry=0", .zero), ("retry=", nil), ("retry=-1", nil),
        ("retry=1 ", nil), ("server draining", nil), ("", nil),
    ])
    func readsTheReasonOfACloseFrame(_ reason: String, _ expected: Duration?) {
        #expect(RetryTime(reason: reason)?.duration == expected)
    }
}
