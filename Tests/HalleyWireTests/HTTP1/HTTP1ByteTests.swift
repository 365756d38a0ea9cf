import Testing

@testable import HalleyWire

/// Each of the 256 bytes.
@Suite struct HTTP1ByteTests {
    private static let digits = "0123456789"
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    private static func expect(_ bytes: some Sequence<UInt8>, _ isOne: (UInt8) -> Bool) {
        let expected = Set(bytes)
        for byte in 0...UInt8.max { #expect(isOne(byte) == expected.contains(byte), "\(byte)") }
    }

    /// RFC 9110 §5.6.2.
    @Test func tokens() {
        Self.expect((Self.digits + Self.letters + "!#$%&'*+-.^_`|~").utf8) { HTTP1Byte.isToken($0) }
    }

    /// RFC 9110 §5.5: visible characters, spaces, tabs and what is not ASCII.
    @Test func values() {
        Self.expect([0x09] + Array(0x20...0x7e) + Array(0x80...0xff)) { HTTP1Byte.isInValue($0) }
    }

    static let hosts: [(String, Bool)] = [
        ("", true), ("a", true), ("a.b-c_d~e", true), ("a:80", true), ("a:", true), (":80", true),
        ("%41!$&'()*+,;=", true),
        ("127.0.0.1:1", true), ("[::1]", true), ("[::1]:80", true), ("[v1.a:b]", true),
        ("a:b", false), ("a:80:80", false), ("a:-1", false), ("::1", false), ("[::1", false), ("[::1]a", false),
        ("[::1]:a", false), ("[[::1]]", false), ("a[", false), ("a]", false), ("a b", false), ("a/b", false),
        ("u@a", false),
        ("a?b", false), ("a#b", false), ("é", false), ("a\\b", false), ("\"a\"", false),
    ]

    /// RFC 3986 §3.2.2, without what only user information has.
    @Test(arguments: hosts) func knowsAHost(_ text: String, _ isHost: Bool) {
        var text = text
        #expect(text.withUTF8 { HTTP1Byte.isHost($0[...]) } == isHost)
    }

    @Test func spaces() { Self.expect(" \t".utf8) { HTTP1Byte.isSpace($0) } }

    @Test func decimals() { Self.expect(Self.digits.utf8) { HTTP1Byte.isDigit($0) } }

    @Test func hexadecimals() {
        Self.expect((Self.digits + "abcdefABCDEF").utf8) { HTTP1Byte.hexDigit($0) != nil }
        for (value, digit) in "0123456789abcdef".utf8.enumerated() {
            #expect(HTTP1Byte.hexDigit(digit) == UInt64(value))
        }
        for (value, digit) in "ABCDEF".utf8.enumerated() { #expect(HTTP1Byte.hexDigit(digit) == UInt64(value + 10)) }
    }
}
