import NIOCore
import Testing

@testable import HalleyWire

/// The fields of a header, as HTTP/1 brings them and as another protocol does: the same is said of both.
@Suite struct RequestFieldsTests {
    private static let list: [(name: String, value: String)] = [
        (name: "Host", value: "a"), (name: "X-Own", value: "1"), (name: "Accept", value: "b, C"),
        (name: "x-own", value: "é"), (name: "Empty", value: ""), (name: "accept", value: "d"),
        (name: "ACCEPT", value: ""), (name: "X-OWN", value: "1"), (name: "[own]", value: "bracket"),
    ]

    /// By a parser. It takes no name in brackets.
    private static func parsed() throws -> RequestFields {
        var parser = HTTP1Parser.forTests
        let lines = Self.list.dropLast().map { "\($0.name): \($0.value)\t\r\n" }.joined()
        var input = ByteBuffer(string: "\r\nGET / HTTP/1.1\r\n\(lines)\r\nbehind")
        guard case .head(let head) = parser.next(&input) else { throw HTTP1Failure.malformed(.requestLine) }
        return head.fields
    }

    private static func both() throws -> [RequestFields] { [RequestFields(Self.list), try Self.parsed()] }

    @Test func keepsOrderAndCase() throws {
        #expect(RequestFields(Self.list).all.map(\.name) == Self.list.map(\.name))
        #expect(RequestFields(Self.list).all.map(\.value) == Self.list.map(\.value))
        #expect(try Self.parsed().all.map(\.name) == Self.list.dropLast().map(\.name))
        #expect(try Self.parsed().all.map(\.value) == Self.list.dropLast().map(\.value))
        #expect(RequestFields(Self.list).count == 9)
        #expect(try Self.parsed().count == 8)
    }

    @Test func isEmptyWithoutFields() {
        let fields = RequestFields([(name: String, value: String)]())
        #expect(fields.count == 0 && fields.all.isEmpty)
        #expect(fields.first("host") == nil && fields.first(named: "host") == nil)
        #expect(fields.values("host") == [] && !fields.hasMember("host", "a") && !fields.hasMember("", ""))
    }

    @Test func findsTheFirst() throws {
        for fields in try Self.both() {
            #expect(fields.first("host") == "a")
            #expect(fields.first("x-own") == "1")
            #expect(fields.first("accept") == "b, C")
            #expect(fields.first("empty") == "")
            for name in ["own", "x-ow", "x-owns", "", "hos", "ost"] as [StaticString] {
                #expect(fields.first(name) == nil)
                #expect(fields.values(name) == [])
            }
        }
    }

    @Test(arguments: ["X-OWN", "x-own", "X-Own", "x-OWN"]) func findsANameInAnyCase(_ name: String) throws {
        for fields in try Self.both() { #expect(fields.first(named: name) == "1") }
    }

    /// Only ASCII's letters have cases here: the Kelvin sign is no `k`, and `[` is no `{`.
    @Test(arguments: ["", "own", "x-ow", "x-owns", "{own}", "hoſt"]) func findsNoOtherName(_ name: String) throws {
        for fields in try Self.both() { #expect(fields.first(named: name) == nil) }
    }

    @Test func findsNamesThatAreNoLetters() { #expect(RequestFields(Self.list).first(named: "[OWN]") == "bracket") }

    @Test func givesAllValuesOfAName() throws {
        for fields in try Self.both() {
            #expect(fields.values("x-own") == ["1", "é", "1"])
            #expect(fields.values("accept") == ["b, C", "d", ""])
            #expect(fields.values("host") == ["a"])
            #expect(fields.values("empty") == [""])
            #expect(fields.values("nothing") == [])
        }
    }

    /// The fields of one name make one list (RFC 9110 §5.3).
    @Test(
        arguments: [("b", true), ("c", true), ("d", true), ("b, c", false), ("e", false), ("a", false), ("bc", false)])
    func listsAreOneOverAllFields(_ member: String, _ isThere: Bool) throws {
        for fields in try Self.both() {
            #expect(fields.hasMember("accept", member) == isThere)
            #expect(!fields.hasMember("nothing", member))
        }
    }
}
