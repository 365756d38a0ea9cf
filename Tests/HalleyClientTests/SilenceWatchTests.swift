import NIOCore
import Testing

@testable import HalleyClient

struct SilenceWatchTests {
    private static let start = NIODeadline.uptimeNanoseconds(1000)

    @Test func aServerThatSaysNothingIsSilent() {
        var watch = SilenceWatch(limit: .seconds(45))
        watch.waits(from: Self.start)
        #expect(watch.step(at: Self.start + .seconds(44)) == .wait(.seconds(1)))
        #expect(watch.step(at: Self.start + .seconds(45)) == .silent)
    }

    @Test func waitingAgainIsNoNews() {
        var watch = SilenceWatch(limit: .seconds(45))
        watch.waits(from: Self.start)
        watch.waits(from: Self.start + .seconds(30))
        #expect(watch.step(at: Self.start + .seconds(45)) == .silent)
    }

    @Test func eachWordBeginsAnew() {
        var watch = SilenceWatch(limit: .seconds(45))
        watch.waits(from: Self.start)
        watch.heard()
        watch.waits(from: Self.start + .seconds(40))
        #expect(watch.step(at: Self.start + .seconds(84)) == .wait(.seconds(1)))
        #expect(watch.step(at: Self.start + .seconds(85)) == .silent)
    }

    @Test func whoeverTakesNothingHearsNothing() {
        var watch = SilenceWatch(limit: .seconds(45))
        watch.waits(from: Self.start)
        watch.heard()
        #expect(watch.step(at: Self.start + .hours(1)) == .wait(.seconds(45)))
    }
}
