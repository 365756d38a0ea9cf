import HalleyHub
import NIOCore
import Testing

@Suite struct ContentTests {
    @Test func jsonIsKeptOnOneLine() throws {
        let content = try Content.json("{\n \"a\": 1 }")
        #expect(content.kind == .json)
        #expect(!String(buffer: content.data).contains("\n"))
    }

    @Test func depthAtTheLimit() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Content.json(nested(64))
        #expect(throws: ContentError.self) { try Content.json(nested(65)) }
    }

    @Test(arguments: ["", "{", "[1,]", "01", "\"\u{1}\"", "nul", "1 2"])
    func refusesWhatIsNoJSON(_ text: String) {
        #expect(throws: ContentError.self) { try Content.json(text) }
    }

    @Test func textMustBeUTF8() throws {
        #expect(throws: ContentError.notUTF8) { try Content.text(ByteBuffer(bytes: [0xff])) }
        #expect(try Content.text(ByteBuffer(string: "ä")).kind == .text)
    }

    @Test func theObviousTypeIsLeftOut() throws {
        #expect(Content.text("a", type: "text/plain").type == nil)
        #expect(Content.text("a", type: "text/html").type == "text/html")
        #expect(Content.binary(ByteBuffer(), type: "application/octet-stream").type == nil)
        #expect(Content.binary(ByteBuffer(), type: "image/png").type == "image/png")
        #expect(try Content.json("1").type == nil)
        #expect(try Content.json("\"a\"").type == "application/json")
        #expect(try Content.json(ByteBuffer(string: "1"), type: "application/x+json").type == "application/x+json")
    }

    /// The log counts what it holds by the length of the data.
    @Test func holdsNoMoreThanItsOwnBytes() throws {
        var read = ByteBuffer(repeating: UInt8(ascii: "1"), count: 65536)
        let slice = read.readSlice(length: 100)
        let part = try #require(slice)
        for content in [try Content.text(part), try Content.json(part), Content.binary(part)] {
            #expect(content.data == part)
            #expect(content.data.storageCapacity <= 264)
        }
    }
}
