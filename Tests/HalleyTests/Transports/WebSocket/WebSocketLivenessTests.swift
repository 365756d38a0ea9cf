import NIOCore
import Testing

@testable import Halley

@Suite struct WebSocketLivenessTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func make() -> WebSocketLiveness { WebSocketLiveness(now: Self.start) }

    @Test func pingsAfterSilenceOnly() {
        var liveness = Self.make()
        #expect(liveness.step(after: Self.start + .seconds(3)) == .wait(.seconds(7)))
        liveness.heard(Self.start + .seconds(9))
        #expect(liveness.step(after: Self.start + .seconds(10)) == .wait(.seconds(9)))
        #expect(liveness.step(after: Self.start + .seconds(19)) == .ping(.seconds(4)))
    }

    @Test func givesUpAfterItsPatience() {
        var liveness = Self.make()
        #expect(liveness.step(after: Self.start + .seconds(10)) == .ping(.seconds(4)))
        #expect(liveness.step(after: Self.start + .seconds(13)) == .wait(.seconds(1)))
        #expect(liveness.step(after: Self.start + .seconds(14)) == .silent)
    }

    @Test func anythingHeardIsAnAnswer() {
        var liveness = Self.make()
        #expect(liveness.step(after: Self.start + .seconds(10)) == .ping(.seconds(4)))
        liveness.heard(Self.start + .seconds(13))
        #expect(liveness.step(after: Self.start + .seconds(14)) == .wait(.seconds(9)))
        #expect(liveness.step(after: Self.start + .seconds(23)) == .ping(.seconds(4)))
    }
}

extension WebSocketLiveness {
    fileprivate mutating func step(after now: NIODeadline) -> Step {
        self.step(now, interval: .seconds(10), patience: .seconds(4))
    }
}
