import NIOHTTP1
import Testing

@testable import Halley

@Suite struct RequestTests {
    typealias Persistence = (version: HTTPVersion, connection: [String], keepAlive: Bool)

    /// RFC 9112 §9.3.
    static let persistences: [Persistence] = [
        (.http1_1, [], true), (.http1_1, ["keep-alive"], true), (.http1_1, ["close"], false),
        (.http1_1, ["Close"], false),
        (.http1_1, ["TE, close"], false), (.http1_1, ["TE", "close"], false), (.http1_1, ["closed"], true),
        (.http1_1, ["close, keep-alive"], false), (.http1_1, ["Upgrade"], true),
        (.http1_0, [], false), (.http1_0, ["keep-alive"], true), (.http1_0, ["Keep-Alive"], true),
        (.http1_0, ["close"], false),
        (.http1_0, ["keep-alive, close"], false), (.http1_0, ["TE"], false),
    ]

    @Test(arguments: persistences) func persists(_ case: Persistence) {
        let request = Request.make(headers: `case`.connection.map { ("Connection", $0) }, version: `case`.version)
        #expect(request.keepAlive == `case`.keepAlive)
    }

    static let types: [(String?, String?)] = [
        (nil, nil), ("application/json", "application/json"), ("Application/JSON; charset=UTF-8", "application/json"),
        ("text/plain;charset=utf-8", "text/plain"), (" text / plain\t; q=1", "text/plain"), ("", ""),
        (";charset=utf-8", ""),
    ]

    @Test(arguments: types) func hasAMediaType(_ header: String?, _ type: String?) {
        #expect(Request.make(headers: header.map { [("Content-Type", $0)] } ?? []).mediaType == type)
    }

    static let expectations: [(HTTPVersion, String?, Bool)] = [
        (.http1_1, nil, false), (.http1_1, "100-continue", true), (.http1_1, "100-Continue", true),
        (.http1_1, "something", false),
        // RFC 9110 §10.1.1: an HTTP/1.0 client's is to be ignored.
        (.http1_0, "100-continue", false),
    ]

    @Test(arguments: expectations) func expectsContinue(_ version: HTTPVersion, _ value: String?, _ isExpected: Bool) {
        let request = Request.make(headers: value.map { [("Expect", $0)] } ?? [], version: version)
        #expect(request.expectsContinue == isExpected)
    }
}

extension Request {
    fileprivate static func make(headers: [(String, String)], version: HTTPVersion = .http1_1) -> Request {
        self.make(.GET, "/", headers, version: version)
    }
}
