import Testing

@testable import HalleyClient

struct BackoffTests {
    @Test func waitsLongerEachTimeAndNeverTheWholeHerdAtOnce() throws {
        var backoff = Backoff()
        #expect(backoff.next() == nil)
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            backoff.failed()
            let delay = try #require(backoff.next())
            #expect(delay <= .seconds(expected) && delay >= .milliseconds(expected * 500))
        }
        backoff.succeeded()
        #expect(backoff.next() == nil)
    }

    @Test func takesTheServersWord() throws {
        var backoff = Backoff()
        backoff.base = .milliseconds(10)
        backoff.failed()
        #expect(try #require(backoff.next()) <= .milliseconds(10))
    }
}
