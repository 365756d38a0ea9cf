import Testing

@testable import Halley

@Suite struct RedactionTests {
    static let addresses = [
        // Nothing to hide.
        ("/sse", "/sse"), ("/sse?", "/sse?"), ("/sse?topic=a&topic=b", "/sse?topic=a&topic=b"), ("", ""),
        ("/?&&", "/?&&"),
        ("/x?topic=a%20b", "/x?topic=a%20b"), ("/x?tokens=1&access=2&keys", "/x?tokens=1&access=2&keys"),
        // Credentials, wherever they stand.
        ("/sse?access_token=abc", "/sse?access_token=[redacted]"),
        ("/sse?topic=a&access_token=abc&hello=1", "/sse?topic=a&access_token=[redacted]&hello=1"),
        ("/sse?access_token=a&access_token=b", "/sse?access_token=[redacted]&access_token=[redacted]"),
        ("/sse?token=abc&key=d&api_key=e", "/sse?token=[redacted]&key=[redacted]&api_key=[redacted]"),
        ("/sse?Access_Token=abc&TOKEN=x", "/sse?Access_Token=[redacted]&TOKEN=[redacted]"),
        ("/sse?access_token=a=b?c", "/sse?access_token=[redacted]"),
        ("/sse?access_token", "/sse?access_token=[redacted]"),
        // A name that hides behind percents is as secret as the plain one.
        ("/sse?access%5ftoken=abc", "/sse?access%5ftoken=[redacted]"),
        ("/sse?%61ccess_token=abc", "/sse?%61ccess_token=[redacted]"),
    ]

    @Test(arguments: addresses) func hidesCredentials(_ uri: String, _ shown: String) {
        #expect(Redaction.redact(uri) == shown)
    }
}
