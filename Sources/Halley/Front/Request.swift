import HalleyWire
import NIOCore
import NIOHTTP1

/// One whole request.
struct Request: Sendable {
    let method: HTTPMethod
    let version: HTTPVersion
    let uri: String
    let target: RequestTarget
    let headers: HTTPHeaders
    let address: ClientAddress
    /// Its connection is over a limit: it is to be told so, and ended.
    let isOverloaded: Bool
    /// The other end of its connection.
    var peer: SocketAddress?
    var body = ByteBuffer()

    init(_ head: HTTPRequestHead, address: ClientAddress, isOverloaded: Bool = false) {
        self.method = head.method
        self.version = head.version
        self.uri = head.uri
        self.target = RequestTarget(head.uri)
        self.headers = head.headers
        self.address = address
        self.isOverloaded = isOverloaded
    }

    /// An HTTP/1.0 client knows no chunks, and no keep-alive unless it asks.
    var isHTTP11: Bool { self.version == .http1_1 }

    func header(_ name: String) -> String? { self.headers.first(name: name) }

    /// The part of `Content-Type` before its parameters, in lower case.
    var mediaType: String? {
        self.header("Content-Type").map { value in
            String(unsafeUninitializedCapacity: value.utf8.count) { text in
                var end = 0
                for byte in value.utf8.prefix(while: { $0 != UInt8(ascii: ";") })
                where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t") {
                    text[end] = FieldList.lowercased(byte)
                    end += 1
                }
                return end
            }
        }
    }

    var expectsContinue: Bool {
        self.isHTTP11 && self.header("Expect").map { FieldList.isEqual($0, "100-continue") } == true
    }

    /// It offers to go on in another protocol.
    var offersUpgrade: Bool { self.hasConnectionOption("upgrade") }

    /// Whether the client wants to go on with this connection.
    var keepAlive: Bool {
        !self.hasConnectionOption("close") && (self.isHTTP11 || self.hasConnectionOption("keep-alive"))
    }

    private func hasConnectionOption(_ option: String) -> Bool {
        self.headers.contains { FieldList.isEqual($0.name, "connection") && FieldList.hasMember($0.value, option) }
    }

    var bearerToken: String? {
        guard let value = self.header("Authorization") else { return nil }
        let scheme = value.utf8.prefix(7)
        guard FieldList.isEqual(String(Substring(scheme)), "bearer ") else { return nil }
        return FieldList.trim(value[scheme.endIndex...])
    }
}
