/// Times in UTC without Foundation's formatters.
enum Timestamp {
    /// As `2026-11-21T07:10:00Z`.
    static func iso8601(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        let (year, month, day) = self.date(days: seconds / 86400)
        let rest = Int(seconds % 86400)
        return "\(year)-\(self.two(month))-\(self.two(day))T"
            + "\(self.two(rest / 3600)):\(self.two(rest / 60 % 60)):\(self.two(rest % 60))Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func date(days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
