import NIOCore
import Testing

@testable import Halley

@Suite struct DrainTests {
    /// Total, announcement, last word and end, in milliseconds after the beginning.
    static let plans: [(Int64, Int64, Int64, Int64)] = [
        (10_000, 1000, 6000, 9000), (60_000, 1000, 36_000, 54_000), (1000, 100, 600, 900), (100, 10, 60, 90),
        (0, 0, 0, 0),
    ]

    @Test(arguments: plans) func dividesItsTime(_ total: Int64, _ announcement: Int64, _ lastWord: Int64, _ end: Int64)
    {
        let before = NIODeadline.now()
        let drain = Drain(within: .milliseconds(total))
        let after = NIODeadline.now()
        #expect(drain.announcement >= before + .milliseconds(announcement))
        #expect(drain.announcement <= after + .milliseconds(announcement))
        #expect(drain.lastWord - drain.announcement == .milliseconds(lastWord - announcement))
        #expect(drain.end - drain.lastWord == .milliseconds(end - lastWord))
    }

    @Test(.timeLimit(.minutes(10))) func doesNotWaitForWhatIsPast() async {
        await Drain(within: .hours(1)).wait(.now() - .seconds(1))
    }

    @Test(.timeLimit(.minutes(10))) func stopsWaitingWhenCancelled() async {
        let waiting = Task { await Drain(within: .hours(10)).wait(.now() + .hours(1)) }
        waiting.cancel()
        await waiting.value
    }
}
