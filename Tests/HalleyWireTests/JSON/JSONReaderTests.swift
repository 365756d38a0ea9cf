import HalleyWire
import NIOCore
import Testing

@Suite struct JSONReaderTests {
    @Test func givesMembersAsTheirOwnText() throws {
        let value = try JSONReader.parse(
            ByteBuffer(string: #" {"a" : {"b":[1, 2]} , "c":"d","e":-1.5e3 , "":null} "#))
        let members = try #require(value.object)
        #expect(
            members.mapValues { String(buffer: $0.text) } == [
                "a": #"{"b":[1, 2]}"#, "c": "\"d\"", "e": "-1.5e3", "": "null",
            ])
        #expect(members["a"]?.object?["b"]?.array?.map { String(buffer: $0.text) } == ["1", "2"])
        #expect(members["c"]?.string == "d")
    }

    @Test func givesElementsAsTheirOwnText() throws {
        let value = try JSONReader.parse(ByteBuffer(string: #"[ 1 ,"two",[3], {"4":4},true ]"#))
        #expect(value.array?.map { String(buffer: $0.text) } == ["1", "\"two\"", "[3]", #"{"4":4}"#, "true"])
    }

    @Test func readsEmptyOnes() throws {
        #expect(try JSONReader.parse(ByteBuffer(string: "{ }")).object?.isEmpty == true)
        #expect(try JSONReader.parse(ByteBuffer(string: "[ ]")).array?.isEmpty == true)
        #expect(try JSONReader.parse(ByteBuffer(string: "\"\"")).string == "")
    }

    @Test func takesTheLastOfMembersWithOneName() throws {
        let value = try JSONReader.parse(ByteBuffer(string: #"{"a":1,"b":2,"a":3,"\u0061":4}"#))
        #expect(value.object?.mapValues { String(buffer: $0.text) } == ["a": "4", "b": "2"])
    }

    static let kinds = [
        ("{}", "object"), ("[]", "array"), ("\"\"", "string"), ("1", "none"), ("-1", "none"), ("true", "none"),
        ("null", "none"),
    ]

    @Test(arguments: kinds) func isOfOneKind(_ text: String, _ kind: String) throws {
        let value = try JSONReader.parse(ByteBuffer(string: text))
        #expect((value.object != nil) == (kind == "object"))
        #expect((value.array != nil) == (kind == "array"))
        #expect((value.string != nil) == (kind == "string"))
    }

    @Test func readsNestingUpToTheLimit() throws {
        var value = try JSONReader.parse(
            ByteBuffer(string: String(repeating: "[", count: 64) + String(repeating: "]", count: 64)))
        for _ in 1..<64 { value = try #require(value.array?.first) }
        #expect(value.array?.isEmpty == true)
    }

    @Test func refusesAllThatTheScannerRefuses() {
        for (text, code, _) in JSONScannerTests.invalid {
            #expect("\(text)") {
                try JSONReader.parse(ByteBuffer(string: text))
            } throws: {
                ($0 as? JSONError)?.code == code
            }
        }
        #expect(throws: JSONError(.notUTF8, at: 0)) { try JSONReader.parse(ByteBuffer(bytes: [0x22, 0xff, 0x22])) }
        #expect(throws: JSONError(.unexpectedEnd, at: 0)) { try JSONReader.parse(ByteBuffer()) }
    }

    typealias Half = (text: String, offset: Int?)

    /// No UTF-8 text can hold half of a surrogate pair: two of them would become the same U+FFFD.
    static let halves: [Half] = [
        (#""\ud83d""#, 1), (#""\ude00""#, 1), (#""\uD83Dx""#, 1), (#""ab\ud83d\u0041""#, 3), (#""\ude00\ud83d""#, 1),
        (#""\ud83d\n""#, 1), (#""\ud83d\\ude00""#, 1), (#""\ud83d\ud83d\ude00""#, 1), (#""\ud83dé\ude00""#, 1),
        (#"{"\ud83d":1}"#, 2), (#"[{"a":["\ud83d\ude00","\udfff"]}]"#, 23),
        (#""\ud83d\ude00\ud83d\ude00""#, nil), (#""\ud7ff\ue000""#, nil), (#""\\ud83d""#, nil),
        (#""\udbff\udfff""#, nil), (#""\ud800\udc00""#, nil),
    ]

    @Test(arguments: halves) func refusesHalfACharacter(_ half: Half) {
        do throws(JSONError) {
            _ = try JSONReader.parse(ByteBuffer(string: half.text))
            #expect(half.offset == nil)
        } catch {
            #expect(error == half.offset.map { JSONError(.loneSurrogate, at: $0) })
        }
    }

    @Test func takesNullForALeftOutMember() throws {
        let members = try #require(try JSONReader.parse(ByteBuffer(string: #"{"a":null,"b":0,"c":"null"}"#)).object)
        #expect(members.member("a")?.text == nil && members.member("d")?.text == nil)
        #expect(members.member("b").map { String(buffer: $0.text) } == "0")
        #expect(members.member("c")?.string == "null")
    }
}
