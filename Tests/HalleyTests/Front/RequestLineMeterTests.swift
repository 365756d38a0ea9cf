import NIOCore
import Testing

@testable import Halley

@Suite struct RequestLineMeterTests {
    typealias Measuring = (pieces: [String], length: Int, heads: Int)

    /// The line's length without its LF, and how often a head was seen to begin.
    static let measurings: [Measuring] = [
        ([], 0, 0), (["G"], 1, 1), (["GET / HTTP/1.1"], 14, 1), (["GET / HTTP/1.1\r\n"], 15, 1),
        (["GET / HTTP/1.1\n"], 14, 1),
        (["GET / HT", "TP/1.1\r", "\nHost: x\r\n\r\n"], 15, 1), (["GET / HTTP/1.1\r\nHost: a long one\r\n\r\n"], 15, 1),
        (["GET / HTTP/1.1\r\n", "Host: x\r\n", "\r\n", "body"], 15, 1), (["", "G", ""], 1, 1),
        // RFC 9112 §2.2: empty lines before a request are skipped.
        (["\r\n"], 0, 0), (["\r\n", "GET /"], 5, 1), (["\r\n\r\nGET / HTTP/1.1\r\n"], 15, 1),
        (["\n", "\r", "\nGET /"], 5, 1),
    ]

    @Test(arguments: measurings) func measuresTheFirstLine(_ measuring: Measuring) {
        let meter = RequestLineMeter()
        var heads = 0
        meter.headBegan = { heads += 1 }
        for piece in measuring.pieces { meter.measure(ByteBuffer(string: piece).readableBytesView) }
        #expect(meter.length == measuring.length)
        #expect(heads == measuring.heads)
    }

    @Test func measuresByteByByte() {
        let meter = RequestLineMeter()
        var heads = 0
        meter.headBegan = { heads += 1 }
        for byte in "\r\nGET /abc HTTP/1.1\r\nHost: x\r\n\r\n".utf8 {
            meter.measure(ByteBuffer(bytes: [byte]).readableBytesView)
        }
        #expect(meter.length == "GET /abc HTTP/1.1\r".utf8.count)
        #expect(heads == 1)
    }

    @Test func beginsAnewForTheNextRequest() {
        let meter = RequestLineMeter()
        var heads = 0
        meter.headBegan = { heads += 1 }
        meter.measure(ByteBuffer(string: "GET /long HTTP/1.1\r\n\r\n").readableBytesView)
        meter.reset()
        #expect(meter.length == 0)
        meter.measure(ByteBuffer(string: "GET").readableBytesView)
        #expect(meter.length == 3)
        #expect(heads == 2)
    }
}
