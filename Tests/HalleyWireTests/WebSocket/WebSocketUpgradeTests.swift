import HalleyWire
import NIOCore
import Testing

/// RFC 6455 §4.2.1.
struct WebSocketUpgradeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private typealias Failure = WebSocketUpgrade.Failure
    private typealias Fields = [(name: String, value: String)]

    private static let good: Fields = [
        ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    ]

    private static func fields(_ name: String, _ values: [String]) -> Fields {
        self.good.filter { $0.name != name } + values.map { (name, $0) }
    }

    /// As a connection reads it.
    private static func check(
        _ fields: Fields, method: String = "GET", minorVersion: Int = 1
    ) -> Result<WebSocketUpgrade, Failure> {
        var text = "\(method) / HTTP/1.\(minorVersion)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        if !fields.contains(where: { $0.name.lowercased() == "host" }) { text += "Host: a\r\n" }
        var parser = HTTP1Parser(limits: .init(head: 1 << 16, target: 1 << 10))
        var bytes = ByteBuffer(string: text + "\r\n")
        guard case .head(let head) = parser.next(&bytes) else { preconditionFailure("no request: \(text)") }
        return Result { () throws(Failure) in
            try WebSocketUpgrade(
                isGet: head.method == "GET", isAsked: head.asksForWebSocket, isHTTP11: head.minorVersion == 1,
                fields: head.fields)
        }
    }

    private static func failure(of result: Result<WebSocketUpgrade, Failure>) -> Failure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    @Test func takesTheKey() throws {
        let upgrade = try Self.check(Self.good).get()
        #expect(upgrade.key == Self.key)
        #expect(upgrade.subprotocols.isEmpty && upgrade.extensions.isEmpty)
    }

    @Test(arguments: ["HEAD", "POST", "get", "CONNECT"]) func needsGET(_ method: String) {
        #expect(Self.check(Self.good, method: method) == .failure(.wrongMethod))
    }

    @Test func needsHTTP11() { #expect(Self.check(Self.good, minorVersion: 0) == .failure(.wrongHTTP)) }

    private static let changes: [(String, [String], Failure?)] = [
        ("Upgrade", [], .notAnUpgrade), ("Upgrade", [""], .notAnUpgrade), ("Upgrade", ["h2c"], .notAnUpgrade),
        ("Upgrade", ["websockets"], .notAnUpgrade), ("Upgrade", ["web socket"], .notAnUpgrade),
        // A Kelvin sign, which is a k in lower case.
        ("Upgrade", ["websoc\u{212a}et"], .notAnUpgrade), ("Upgrade", ["WEBSOCKET"], nil),
        ("Upgrade", ["h2c,\t websocket ,x"], nil), ("Upgrade", ["h2c", "websocket"], nil),
        ("Connection", [], .notAnUpgrade), ("Connection", ["keep-alive"], .notAnUpgrade),
        ("Connection", ["keep-alive, UPGRADE"], nil), ("Connection", ["keep-alive", "Upgrade"], nil),
        ("Sec-WebSocket-Version", [], .wrongVersion), ("Sec-WebSocket-Version", ["8"], .wrongVersion),
        ("Sec-WebSocket-Version", ["013"], .wrongVersion), ("Sec-WebSocket-Version", ["13, 8"], .wrongVersion),
        ("Sec-WebSocket-Version", ["١٣"], .wrongVersion), ("Sec-WebSocket-Version", ["8", "13"], .wrongVersion),
        ("Sec-WebSocket-Version", ["13", "8"], .wrongVersion),
        ("Sec-WebSocket-Key", [], .missingKey), ("Sec-WebSocket-Key", [key, key], .doubledKey),
        ("Sec-WebSocket-Key", [""], .malformedKey), ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBu b25jZQ=="], .malformedKey),
        // 15 and 17 bytes, no padding, no base64, bits that are left over, 24 bytes that are fewer characters.
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j"], .malformedKey),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZWU="], .malformedKey),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ"], .malformedKey),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZ!=="], .malformedKey),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZR=="], .malformedKey),
        ("Sec-WebSocket-Key", ["éhlIHNhbXBsZSBub25jZQ=="], .malformedKey),
        ("Sec-WebSocket-Key", ["AAAAAAAAAAAAAAAAAAAAAA=="], nil),
        ("Sec-WebSocket-Key", ["+/+/+/+/+/+/+/+/+/+/+w=="], nil),
    ]

    @Test(arguments: changes.indices) func checksEachField(_ index: Int) {
        let (name, values, expected) = Self.changes[index]
        #expect(Self.failure(of: Self.check(Self.fields(name, values))) == expected, "\(name): \(values)")
    }

    /// What is told where several things are wrong: what a client that is no WebSocket's needs first.
    @Test func tellsTheFirstFailure() {
        var fields: Fields = []
        #expect(Self.check(fields, method: "PUT", minorVersion: 0) == .failure(.notAnUpgrade))
        #expect(Self.check(fields, minorVersion: 0) == .failure(.notAnUpgrade))
        fields += [("Upgrade", "websocket"), ("Connection", "upgrade")]
        #expect(Self.check(fields, minorVersion: 0) == .failure(.wrongHTTP))
        #expect(Self.check(fields) == .failure(.wrongVersion))
        fields += [("Sec-WebSocket-Version", "13")]
        #expect(Self.check(fields) == .failure(.missingKey))
    }

    @Test func namesAreInAnyCase() throws {
        let fields = Self.good + [("Sec-WebSocket-Protocol", "a"), ("Sec-WebSocket-Extensions", "b")]
        let expected = try Self.check(fields).get()
        #expect(expected.subprotocols == ["a"] && expected.extensions.count == 1)
        #expect(try Self.check(fields.map { ($0.name.uppercased(), $0.value) }).get() == expected)
        #expect(try Self.check(fields.reversed().map { ($0.name.lowercased(), $0.value) }).get() == expected)
    }

    @Test(
        arguments: [
            ([], []), ([""], []), ([" , ,\t"], []), (["a"], ["a"]), ([" a ,b,\tc,,d"], ["a", "b", "c", "d"]),
            (["b, a", "c"], ["b", "a", "c"]), (["a, A"], ["a", "A"]),
            // A mark after a comma leaves it a comma.
            (["a,\u{301}b"], ["a", "\u{301}b"]),
        ] as [([String], [String])])
    func listsSubprotocolsByPreference(_ values: [String], _ expected: [String]) throws {
        let upgrade = try Self.check(Self.fields("Sec-WebSocket-Protocol", values)).get()
        #expect(upgrade.subprotocols.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test func listsExtensionsByPreference() throws {
        let fields = Self.fields("Sec-WebSocket-Extensions", ["one; a=1, two", "three; b"])
        let expected = [
            WebSocketExtension(name: "one", parameters: [("a", "1")]), WebSocketExtension(name: "two", parameters: []),
            WebSocketExtension(name: "three", parameters: [("b", nil)]),
        ]
        #expect(try Self.check(fields).get().extensions == expected)
    }
}
