import HalleyBench
import Testing

@Suite("Reports")
struct ReportTests {
    @Test("For people and for programs")
    func writes() {
        var report = Report()
        report.add("a", "first", .count(3))
        report.add("bee", "the second", .number(12.345, unit: "µs"))
        report.add("c", "third", .number(.nan, unit: "s"))
        report.warn("a “quote” and a \"")
        #expect(report.text == "first       3\nthe second  12.3 µs\nthird       – s\nwarning: a “quote” and a \"")
        #expect(report.json == #"{"a":3,"bee":12.345,"c":null,"warnings":["a “quote” and a \""]}"#)
    }
}
