import Testing

@testable import Halley

@Suite struct TimestampTests {
    static let known: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00Z"), (999, "1970-01-01T00:00:00Z"), (1000, "1970-01-01T00:00:01Z"),
        (68_169_600_000, "1972-02-29T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
        (951_868_799_999, "2000-02-29T23:59:59Z"), (951_868_800_000, "2000-03-01T00:00:00Z"),
        (1_582_934_400_000, "2020-02-29T00:00:00Z"), (1_735_689_599_000, "2024-12-31T23:59:59Z"),
        (1_767_225_600_000, "2026-01-01T00:00:00Z"), (1_795_245_000_000, "2026-11-21T07:10:00Z"),
        // 2100 is no leap year.
        (4_107_542_399_000, "2100-02-28T23:59:59Z"), (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        (253_402_300_799_000, "9999-12-31T23:59:59Z"),
    ]

    @Test(arguments: known) func writesKnownTimes(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp.iso8601(milliseconds: milliseconds) == text)
    }

    /// Day by day through an era of the calendar.
    @Test func countsEveryDay() {
        var (year, month, day) = (1970, 1, 1)
        for number in 0..<Int64(146_097) {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let expected = "\(year)-\(two(month))-\(two(day))T00:00:00Z"
            let text = Timestamp.iso8601(milliseconds: number * 86_400_000)
            if text != expected {
                Issue.record("\(text) for \(expected)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
