import HalleyHub
import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §4: what a body is kept as.
@Suite struct ContentReaderTests {
    typealias Case = (type: String?, body: [UInt8], content: Content)

    private static let text = Array("é".utf8)
    private static let bytes: [UInt8] = [0xff, 0x00]

    static let kept: [Case] = [
        // None: text where it can be, else binary.
        (nil, text, .text("é")), (nil, [], .text("")), (nil, bytes, .binary(ByteBuffer(bytes: bytes))),
        ("", text, .text("é")),
        // JSON.
        ("application/json", Array("{\"a\": 1}".utf8), try! .json("{\"a\": 1}")),
        ("Application/JSON; charset=utf-8", Array("{\n\"a\": 1}".utf8), try! .json("{\"a\":1}")),
        ("application/json", Array("\"x\"".utf8), try! .json("\"x\"")),
        ("application/ld+json", Array("[]".utf8), try! .json(ByteBuffer(string: "[]"), type: "application/ld+json")),
        // Text.
        ("text/plain", text, .text("é")), ("text/html; charset=UTF-8", text, .text("é", type: "text/html")),
        ("application/xml", text, .text("é", type: "application/xml")),
        ("image/svg+xml", text, .text("é", type: "image/svg+xml")),
        ("application/javascript", text, .text("é", type: "application/javascript")),
        ("text/javascript", text, .text("é", type: "text/javascript")), ("text/csv", [], .text("", type: "text/csv")),
        // What `curl -d` sends: not decoded.
        ("application/x-www-form-urlencoded", Array("a=b+%20".utf8), .text("a=b+%20")),
        // Anything else.
        ("application/octet-stream", text, .binary(ByteBuffer(bytes: text))),
        ("image/png", bytes, .binary(ByteBuffer(bytes: bytes), type: "image/png")),
        ("application/x+jsonx", text, .binary(ByteBuffer(bytes: text), type: "application/x+jsonx")),
        ("textual/x", bytes, .binary(ByteBuffer(bytes: bytes), type: "textual/x")),
    ]

    @Test(arguments: kept) func keeps(_ case: Case) throws {
        #expect(try ContentReader.content(of: Self.request(`case`.type, `case`.body)) == `case`.content)
    }

    typealias Fault = (type: String, body: [UInt8], refusal: Refusal)

    private static let badJSON = Refusal(400, "json_invalid")
    private static let badText = Refusal(400, "text_invalid")

    static let faults: [Fault] = [
        ("application/json", [], badJSON), ("application/json", Array("{".utf8), badJSON),
        ("application/json", [0x22, 0xff, 0x22], badJSON),
        ("application/ld+json", Array("1 2".utf8), badJSON), ("text/plain", bytes, badText),
        ("text/plain", [0xc3], badText),
        ("application/x-www-form-urlencoded", bytes, badText), ("image/svg+xml", bytes, badText),
    ]

    @Test(arguments: faults) func refuses(_ fault: Fault) {
        #expect(Refusal.of { _ = try ContentReader.content(of: Self.request(fault.type, fault.body)) } == fault.refusal)
    }

    static let charsets = [
        ("text/plain", true), ("text/plain; charset=utf-8", true), ("text/plain;charset=UTF8", true),
        ("text/plain; Charset=\"utf-8\"", true),
        ("text/plain; charset = us-ascii", true), ("text/plain; format=flowed; charset=utf-8", true),
        ("text/plain; charset", true),
        ("text/plain; charset=iso-8859-1", false), ("text/plain; charset=utf-16", false),
        ("text/plain; x=y; charset=latin1", false),
        ("application/x-www-form-urlencoded; charset=windows-1252", false), ("application/json; charset=utf-16", false),
        // What is kept as bytes may be in any.
        ("application/octet-stream; charset=latin1", true),
    ]

    @Test(arguments: charsets) func needsUTF8(_ type: String, _ isTaken: Bool) {
        let refusal = Refusal.of { _ = try ContentReader.content(of: Self.request(type, Array("1".utf8))) }
        #expect(refusal == (isTaken ? nil : Refusal(415, "charset_unsupported")))
    }

    private static func request(_ type: String?, _ body: [UInt8]) -> Request {
        var request = Request.make(.POST, "/publish?topic=a", type.map { [("Content-Type", $0)] } ?? [])
        request.body = ByteBuffer(bytes: body)
        return request
    }
}
