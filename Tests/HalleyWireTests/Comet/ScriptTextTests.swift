import HalleyWire
import NIOCore
import Testing

struct ScriptTextTests {
    @Test(arguments: [
        (#"{"a":1}"#, #"{"a":1}"#),
        (#""</script><!--&""#, #""\u003c/script\u003e\u003c!--\u0026""#),
        ("\"a\u{2028}b\u{2029}c\u{2027}\u{e000}\"", #""a\u2028b\u2029c"# + "\u{2027}\u{e000}\""),
        ("\"\u{2028}\"", #""\u2028""#),
        ("", ""),
    ])
    func escapesWhatCouldEndAScript(_ json: String, _ expected: String) {
        var buffer = ByteBuffer()
        buffer.writeScriptJSON(ByteBuffer(string: json))
        #expect(String(buffer: buffer) == expected)
    }
}
