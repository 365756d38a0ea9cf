import HalleyWire
import NIOCore
import Testing

@testable import Halley

@Suite struct WebSocketComposerTests {
    private static func frames(_ offer: String, keeps: Bool, _ messages: [WebSocketMessage]) throws -> [[UInt8]] {
        let deflate = try #require(
            WebSocketDeflate(offers: [offer], policy: .init(window: 15, mayKeepContext: keeps)))
        var composer = WebSocketComposer(deflate, threshold: 100)
        return messages.map { message in
            var buffer = ByteBuffer()
            composer.write(message, into: &buffer)
            return Array(buffer.readableBytesView)
        }
    }

    private static let long = WebSocketMessage.text((0..<50).map { "\($0 * 7919 % 1000)," }.joined())

    @Test func compressesFromTheThresholdOn() throws {
        let frames = try Self.frames(
            "permessage-deflate", keeps: false,
            [
                .text(String(repeating: "a", count: 99)), .text(String(repeating: "a", count: 100)),
                .binary(ByteBuffer()),
            ])
        #expect(frames.map { $0[0] } == [0x81, 0xc1, 0x82])
        #expect(frames[0].count == 101)
        #expect(frames[1].count < 20)
    }

    @Test func leavesWhatDoesNotShrink() throws {
        var random = SystemRandomNumberGenerator()
        let noise = ByteBuffer(bytes: (0..<125).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        #expect(try Self.frames("permessage-deflate", keeps: false, [.binary(noise)])[0].prefix(2) == [0x82, 125])
    }

    @Test func compressesAllWithoutAThreshold() throws {
        let deflate = try #require(WebSocketDeflate(offers: ["permessage-deflate"], policy: .init()))
        var composer = WebSocketComposer(deflate, threshold: 0)
        var buffer = ByteBuffer()
        composer.write(.binary(ByteBuffer(bytes: [1])), into: &buffer)
        #expect(buffer.readBytes(length: 1) == [0xc2])
        buffer.clear()
        // RFC 7692 §7.2.3.6.
        composer.write(.text(""), into: &buffer)
        #expect(buffer == ByteBuffer(bytes: [0xc1, 0x01, 0x00]))
    }

    /// The second of two equal messages is a reference to the first, where that is agreed on.
    @Test func keepsItsContextWhereItMay() throws {
        let kept = try Self.frames("permessage-deflate", keeps: true, [Self.long, Self.long])
        #expect(kept[1].count < kept[0].count / 4)
        for offer in ["permessage-deflate; server_no_context_takeover", "permessage-deflate"] {
            let fresh = try Self.frames(
                offer, keeps: offer == "permessage-deflate" ? false : true, [Self.long, Self.long])
            #expect(fresh[0] == fresh[1])
        }
    }
}
