import HalleyWire
import NIOCore
import NIOHTTP1

@testable import Halley

extension RequestHead {
    /// A head as a connection would read it; `Host` is added where none is given.
    static func make(
        _ method: HTTPMethod = .GET,
        _ uri: String = "/",
        _ headers: [(String, String)] = [],
        minorVersion: Int = 1,
        from address: String = "192.0.2.1",
        isOverloaded: Bool = false
    ) -> RequestHead {
        if let head = self.withControls(method, uri, headers) { return head }
        var text = "\(method.rawValue) \(uri) HTTP/1.\(minorVersion)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { text += "Host: localhost\r\n" }
        var parser = HTTP1Parser(limits: .init(head: 1 << 20, target: 1 << 20))
        var bytes = ByteBuffer(string: text + "\r\n")
        guard case .head(let head) = parser.next(&bytes) else { preconditionFailure("not a request: \(text)") }
        return RequestHead(head, address: .make(address), isOverloaded: isOverloaded)
    }

    /// With a value that HTTP/1 would not let through, as another protocol might.
    private static func withControls(
        _ method: HTTPMethod, _ uri: String, _ headers: [(String, String)]
    ) -> RequestHead? {
        let isOdd = headers.contains {
            $0.1.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\t") || $0.value == 0x7f } || $0.1.last == " "
        }
        guard isOdd else { return nil }
        return RequestHead(
            method, uri, RequestFields(headers.map { (name: $0.0, value: $0.1) }), form: .http1(minor: 1),
            asks: .nothing, host: "localhost", expectation: nil, address: .make("192.0.2.1"), peer: nil,
            isOverloaded: false)
    }
}

extension Request {
    static func make(
        _ method: HTTPMethod = .GET, _ uri: String = "/", _ headers: [(String, String)] = [], body: String = ""
    ) -> Request {
        Request(head: .make(method, uri, headers), body: ByteBuffer(string: body))
    }
}

extension ClientAddress {
    static func make(_ address: String) -> ClientAddress {
        ClientAddress(try! SocketAddress(ipAddress: address, port: 50000))
    }
}
