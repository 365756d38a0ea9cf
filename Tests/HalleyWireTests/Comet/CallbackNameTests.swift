import HalleyWire
import Testing

struct CallbackNameTests {
    @Test(arguments: [
        "cb", "$", "_1", "a.b.c.d", "parent.comet.message", "parent.a.b.c.d", String(repeating: "a", count: 64),
    ])
    func takes(_ name: String) { #expect(CallbackName(name)?.text == name) }

    @Test(arguments: [
        "", ".", "a.", ".a", "a..b", "1a", "a-b", "a[0]", "a(b", "a b", "a;b", "é", "a.b.c.d.e", "parent",
        "parent.parent.a", "a.parent", "parent.a.b.c.d.e", "opener.x", "parent.top.x", "window.alert", "a.constructor",
        "x.__proto__", "eval", "parent.eval", String(repeating: "a", count: 65),
    ])
    func refuses(_ name: String) { #expect(CallbackName(name) == nil) }
}
