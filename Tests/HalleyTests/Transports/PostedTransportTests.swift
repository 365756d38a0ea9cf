import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §3: query items in a body.
@Suite struct PostedTransportTests {
    private static let form = "application/x-www-form-urlencoded"

    typealias Case = (type: String, body: String, items: [String])

    static let bodies: [Case] = [
        (form, "", []), (form, "topic=a&topic=b+c%26&cursor=earliest", ["topic=a", "topic=b c&", "cursor=earliest"]),
        (form + "; charset=UTF-8", "topic=ü", ["topic=ü"]), (form, "topics=a", ["topics=a"]),
        ("application/json", "", []), ("application/json", "{}", []), ("Application/JSON ;charset=utf-8", " { } ", []),
        ("application/json", #"{"topic":"a","topics":["b","c"]}"#, ["topic=a", "topic=b", "topic=c"]),
        ("application/json", #"{"topics":"a","topic":["b"]}"#, ["topic=b", "topic=a"]),
        ("application/json", #"{"topics":[]}"#, []),
        (
            "application/json", #"{"topics":["a","b"],"cursor":["x",null]}"#,
            ["cursor=x", "cursor=", "topic=a", "topic=b"]
        ),
        ("application/json", #"{"topics":["a"],"cursor":null,"format":null}"#, ["topic=a"]),
        (
            "application/json", #"{"limit":10,"hello":true,"padding":0,"x":false,"cursor":"last:1"}"#,
            ["cursor=last:1", "hello=1", "limit=10", "padding=0", "x=0"]
        ),
        ("application/json", #"{"topic":"\ud83d\ude00\u0041"}"#, ["topic=😀A"]),
    ]

    @Test(arguments: bodies) func readsItems(_ case: Case) throws {
        let head = RequestHead.make(.POST, "/sse", [("Content-Type", `case`.type)])
        let items = try PostedItems.read(ByteBuffer(string: `case`.body), as: try PostedItems.Form(head))
        #expect(items.map { "\($0.name)=\($0.value ?? "!")" } == `case`.items)
    }

    typealias Fault = (type: String?, body: String, refusal: Refusal)

    static let faults: [Fault] = [
        (nil, "topic=a", Refusal(415, "content_type_unsupported")),
        ("text/plain", "topic=a", Refusal(415, "content_type_unsupported")),
        ("multipart/form-data; boundary=x", "", Refusal(415, "content_type_unsupported")),
        ("application/ld+json", "{}", Refusal(415, "content_type_unsupported")),
        ("application/json; charset=utf-16", "{}", Refusal(415, "charset_unsupported")),
        (form + ";charset=latin1", "topic=a", Refusal(415, "charset_unsupported")),
        ("application/json", "{", Refusal(400, "json_invalid")),
        ("application/json", "[]", Refusal(400, "json_invalid")),
        ("application/json", "topic=a", Refusal(400, "json_invalid")),
        ("application/json", #"{"topic":"\ud83d"}"#, Refusal(400, "json_invalid")),
        ("application/json", #"{"topic":1}"#, Refusal(400, "parameter_invalid")),
        ("application/json", #"{"topics":["a",null]}"#, Refusal(400, "parameter_invalid")),
        ("application/json", #"{"topics":{"a":1}}"#, Refusal(400, "parameter_invalid")),
        ("application/json", #"{"cursor":7}"#, Refusal(400, "parameter_invalid")),
        ("application/json", #"{"limit":[1]}"#, Refusal(400, "parameter_invalid")),
        ("application/json", #"{"limit":{}}"#, Refusal(400, "parameter_invalid")),
    ]

    @Test(arguments: faults) func refuses(_ fault: Fault) {
        let head = RequestHead.make(.POST, "/sse", fault.type.map { [("Content-Type", $0)] } ?? [])
        let refusal = Refusal.of {
            _ = try PostedItems.read(ByteBuffer(string: fault.body), as: try PostedItems.Form(head))
        }
        #expect(refusal == fault.refusal)
    }

    @Test func refusesAFormThatIsNotUTF8() {
        // One that were read all the same would be another topic.
        let refusal = Refusal.of {
            _ = try PostedItems.read(ByteBuffer(bytes: Array("topic=".utf8) + [0xff]), as: .urlEncoded)
        }
        #expect(refusal == Refusal(400, "text_invalid"))
    }

    /// A body is no reason to need a type where there is none.
    @Test func needsNoTypeWithoutABody() throws {
        let head = RequestHead.make(.POST, "/sse?topic=a")
        #expect(try PostedItems.read(ByteBuffer(), as: try PostedItems.Form(head)).isEmpty)
    }

    @Test(arguments: [(128 << 10, 200), ((128 << 10) + 1, 413)]) func takesSoMuch(
        _ size: Int, _ status: Int
    ) async throws {
        let connection = try await TestConnection()
        let body = "topic=a&x=" + String(repeating: "x", count: size - 10)
        let request = "POST /poll HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(Self.form)\r\n"
        try await connection.send(request + "Content-Length: \(size)\r\n\r\n" + body)
        #expect(try await connection.awaitReplies().map(\.status) == [status])
    }
}
