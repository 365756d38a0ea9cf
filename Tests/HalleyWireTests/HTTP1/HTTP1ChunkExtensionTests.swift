import Testing

@testable import HalleyWire

/// What stands behind a chunk's size (RFC 9112 §7.1.1), and what is none.
@Suite struct HTTP1ChunkExtensionTests {
    private static func failure(_ text: String) -> HTTP1Failure? {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            do throws(HTTP1Failure) {
                try HTTP1ChunkExtension.check(bytes[...])
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(
        arguments: [
            "", ";a", ";a=b", ";a;b", ";a=b;c=d;e", ";a=\"\"", ";a=\"b c\t\"", ";a=\"b;c=d\"", ";a=\"\\\"\"",
            ";a=\"\\\\\"",
            ";a=\"é\"", ";a=\"\\é\"", ";a=\"b\";c", ";!#$%&'*+-.^_`|~=1", ";1=2", ";a=\"\\ \"",
        ])
    func takes(_ text: String) { #expect(Self.failure(text) == nil) }

    @Test(
        arguments: [
            ";", "x", " ", "\t", " ;a", "; a", ";a ", ";a =b", ";a= b", ";a;", ";;a", ";=b", ";a=", ";a=;b", ";a=b=c",
            ";a b", ";\u{1}",
            ";é", ";a=é", ";a=(", ";a=\"", ";a=\"b", ";a=\"\\", ";a=\"\\\"", ";a=\"b\"c", ";a=\"b\" ", ";\"a\"",
            ";a=\"\u{1}\"",
            ";a=\"\\\u{1}\"", ";a=\"\u{7f}\"", ";a=\"\0\"", ";a\r", ";a=\"\r\"", ",a", "=a",
        ])
    func refuses(_ text: String) { #expect(Self.failure(text) == .malformed(.chunkExtension)) }
}
