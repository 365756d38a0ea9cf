import HalleyHub
import Testing

@Suite struct EventNameTests {
    @Test(arguments: ["goal", "Halley:x", "halley", "connected", "Open", "errors", String(repeating: "x", count: 255)])
    func takesNames(_ name: String) throws { #expect(try EventName(name).name == name) }

    @Test func emptyIsMessage() throws {
        #expect(try EventName("") == .message)
        #expect(try EventName("message").isMessage)
    }

    @Test(arguments: [
        (String(repeating: "x", count: 256), EventNameError.tooLong(bytes: 256)),
        ("a\nb", .controlCharacter),
        ("halley:gap", .reserved("halley:gap")),
        ("connect", .reserved("connect")),
        ("connect_error", .reserved("connect_error")),
        ("disconnect", .reserved("disconnect")),
        ("disconnecting", .reserved("disconnecting")),
        ("newListener", .reserved("newListener")),
        ("removeListener", .reserved("removeListener")),
        // An `EventSource` tells of its connection by these.
        ("open", .reserved("open")),
        ("error", .reserved("error")),
    ])
    func refusesNames(_ name: String, _ error: EventNameError) {
        #expect(throws: error) { try EventName(name) }
    }
}
