import HalleyWire
import Testing

@Suite struct RequestFieldsTests {
    private static let fields = RequestFields([
        (name: "Host", value: "a"), (name: "X-Own", value: "1"), (name: "Accept", value: "b, C"),
        (name: "x-own", value: "é"), (name: "Empty", value: ""), (name: "accept", value: "d"),
    ])

    @Test func findsByNameInAnyCase() {
        #expect(Self.fields.count == 6)
        #expect(Self.fields.first("host") == "a")
        #expect(Self.fields.first("x-own") == "1")
        #expect(Self.fields.first("empty") == "")
        #expect(Self.fields.first("own") == nil)
        for name in ["X-OWN", "x-own", "X-Own"] { #expect(Self.fields.first(named: name) == "1") }
        #expect(Self.fields.first(named: "") == nil)
        #expect(Self.fields.values("x-own") == ["1", "é"])
        #expect(Self.fields.values("nothing") == [])
    }

    @Test func keepsOrderAndCase() {
        #expect(Self.fields.all.map(\.name) == ["Host", "X-Own", "Accept", "x-own", "Empty", "accept"])
        #expect(Self.fields.all.map(\.value) == ["a", "1", "b, C", "é", "", "d"])
    }

    @Test(arguments: [("b", true), ("c", true), ("d", true), ("b, c", false), ("", false), ("e", false)])
    func listsAreOneOverAllFields(_ member: String, _ isThere: Bool) {
        #expect(Self.fields.hasMember("accept", member) == isThere)
    }
}
