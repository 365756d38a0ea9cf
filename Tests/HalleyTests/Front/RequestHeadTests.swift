import HalleyWire
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct RequestHeadTests {
    static let types: [(String?, String?)] = [
        (nil, nil), ("application/json", "application/json"), ("Application/JSON; charset=UTF-8", "application/json"),
        ("text/plain;charset=utf-8", "text/plain"), (" text / plain\t; q=1", "text/plain"), ("", ""),
        (";charset=utf-8", ""),
    ]

    @Test(arguments: types) func hasAMediaType(_ header: String?, _ type: String?) {
        #expect(RequestHead.make(.GET, "/", header.map { [("Content-Type", $0)] } ?? []).mediaType == type)
    }

    static let asks: [([(String, String)], RequestHead.Ask)] = [
        ([], .nothing), ([("Connection", "Upgrade")], .nothing), ([("Upgrade", "websocket")], .nothing),
        ([("Connection", "Upgrade"), ("Upgrade", "h2c")], .nothing),
        ([("Connection", "keep-alive, UPGRADE\t"), ("Upgrade", "h2c, WebSocket")], .webSocket),
        ([("Proxy-Connection", "upgrade"), ("Upgrade", "websocket")], .nothing),
    ]

    @Test(arguments: asks) func knowsWhatItAsksFor(_ headers: [(String, String)], _ ask: RequestHead.Ask) {
        #expect(RequestHead.make(.GET, "/", headers).asks == ask)
    }

    /// RFC 9112 §3.2.2: the host of an absolute target is the one.
    @Test(arguments: [("/x", "a.test"), ("http://b.test/x", "b.test"), ("http://b.test:81", "b.test:81")])
    func knowsWhomItIsFor(_ uri: String, _ host: String) {
        #expect(RequestHead.make(.GET, uri, [("Host", "a.test")]).host == host)
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "FOO", "get"])
    func knowsTheMethod(_ name: String) {
        let method = HTTPMethod(rawValue: name)
        #expect(RequestHead.make(method).method == method)
        #expect(RequestHead.make(method).method.rawValue == name)
    }
}
