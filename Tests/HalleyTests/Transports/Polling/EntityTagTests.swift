import NIOCore
import Testing

@testable import Halley

struct EntityTagTests {
    @Test func isOfTheQueryAndOfWhatItBrought() {
        let tag = EntityTag.strong("/poll?topic=a", ByteBuffer(string: "x"))
        #expect(tag == EntityTag.strong("/poll?topic=a", ByteBuffer(string: "x")))
        #expect(tag != EntityTag.strong("/poll?topic=b", ByteBuffer(string: "x")))
        #expect(tag != EntityTag.strong("/poll?topic=a", ByteBuffer(string: "y")))
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count == 22)
    }

    @Test(arguments: [
        ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false),
        ("", false),
    ])
    func isComparedWeakly(_ header: String, _ matches: Bool) { #expect(EntityTag.matches(header, "\"a\"") == matches) }
}
