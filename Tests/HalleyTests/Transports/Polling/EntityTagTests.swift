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
        // Behind a proxy that compresses.
        ("\"a-gzip\"", true), ("W/\"a-gzip\"", true), ("\"b\", W/\"a-br\"", true), ("\"b-gzip\"", false),
        ("\"a\"-gzip", false), ("\"a-gzip", false), ("\"a-gzip-gzip\"", false), ("\"-gzip\"", false),
        ("w/\"a\"", false),
    ])
    func isComparedWeakly(_ header: String, _ matches: Bool) { #expect(EntityTag.matches(header, "\"a\"") == matches) }
}
