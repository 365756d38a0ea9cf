import NIOEmbedded
import Testing

@testable import Halley

/// What the metric says; the endpoints' connections are in the other suites.
@Suite struct WebSocketQueueBytesTests {
    private static let weight = WebSocketMessage.text("a").weight

    @Test func countsBothWays() async throws {
        let queued = WebSocketQueueBytes()
        let mailbox = WebSocketMailbox(WebSocketSettings(), queued: queued, eventLoop: EmbeddedEventLoop())
        mailbox.arrived(.text("a"))
        mailbox.arrived(.text("b"))
        #expect((queued.received, queued.sending) == (2 * Self.weight, 0))
        #expect(try await mailbox.next() == .text("a"))
        #expect((queued.received, queued.sending) == (Self.weight, 0))
    }

    /// What an endpoint never takes goes with its mailbox.
    @Test func forgetsWhatHasGone() {
        let queued = WebSocketQueueBytes()
        do {
            let mailbox = WebSocketMailbox(WebSocketSettings(), queued: queued, eventLoop: EmbeddedEventLoop())
            mailbox.arrived(.text("a"))
            #expect(queued.received == Self.weight)
        }
        #expect((queued.received, queued.sending) == (0, 0))
    }
}
