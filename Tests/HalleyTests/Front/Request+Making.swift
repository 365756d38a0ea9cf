import NIOCore
import NIOHTTP1

@testable import Halley

extension Request {
    /// A request as a connection would make it.
    static func make(
        _ method: HTTPMethod = .GET,
        _ uri: String = "/",
        _ headers: [(String, String)] = [("Host", "localhost")],
        body: String = "",
        version: HTTPVersion = .http1_1,
        from address: String = "192.0.2.1",
        isOverloaded: Bool = false
    ) -> Request {
        let head = HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(headers))
        var request = Request(head, address: .make(address), isOverloaded: isOverloaded)
        request.body = ByteBuffer(string: body)
        return request
    }
}

extension ClientAddress {
    static func make(_ address: String) -> ClientAddress {
        ClientAddress(try! SocketAddress(ipAddress: address, port: 50000))
    }
}
