import HalleyWire
import NIOCore
import NIOHTTP1

/// The head of a request: what is known before any of its body. One object, so that it is passed on as one reference.
final class RequestHead: Sendable {
    /// The protocol that it came by.
    enum Form: Sendable, Equatable {
        /// `minor` is 0 or 1.
        case http1(minor: Int)
    }

    /// What it asks for besides an answer.
    enum Ask: Sendable, Equatable {
        case nothing
        /// To go on as a WebSocket (RFC 6455 §4.2.1). Whether the handshake is sound is for ``WebSocketHandshake`` to say.
        case webSocket
    }

    let method: HTTPMethod
    let form: Form
    let asks: Ask
    /// The target as it came.
    let uri: String
    let target: RequestTarget
    /// Whom it is for: the host of an absolute target, else that of `Host`, with or without port.
    let host: String?
    let fields: RequestFields
    /// What `Expect` says.
    let expectation: String?
    /// Where it comes from, as limits see it.
    let address: ClientAddress
    /// The other end of its connection.
    let peer: SocketAddress?
    /// Its connection is over a limit: it is to be told so, and ended.
    let isOverloaded: Bool

    convenience init(
        _ head: HTTP1Head, address: ClientAddress, peer: SocketAddress? = nil, isOverloaded: Bool = false
    ) {
        self.init(
            Self.method(head.method), head.target, head.fields, form: .http1(minor: head.minorVersion),
            asks: head.asksForWebSocket ? .webSocket : .nothing, host: head.host, expectation: head.expectation,
            address: address, peer: peer, isOverloaded: isOverloaded)
    }

    init(
        _ method: HTTPMethod, _ uri: String, _ fields: RequestFields, form: Form, asks: Ask, host: String?,
        expectation: String?, address: ClientAddress, peer: SocketAddress?, isOverloaded: Bool,
        target: RequestTarget? = nil
    ) {
        self.method = method
        self.form = form
        self.asks = asks
        self.uri = uri
        self.target = target ?? RequestTarget(uri)
        self.host = host
        self.fields = fields
        self.expectation = expectation
        self.address = address
        self.peer = peer
        self.isOverloaded = isOverloaded
    }

    /// The same with items that came in the body.
    func adding(_ items: [RequestTarget.Item]) throws(RequestError) -> RequestHead {
        RequestHead(
            self.method, self.uri, self.fields, form: self.form, asks: self.asks, host: self.host,
            expectation: self.expectation, address: self.address, peer: self.peer, isOverloaded: self.isOverloaded,
            target: try self.target.adding(items))
    }

    private static func method(_ name: String) -> HTTPMethod {
        // The usual ones first: there are three dozen.
        switch name {
        case "GET": .GET
        case "POST": .POST
        default: HTTPMethod(rawValue: name)
        }
    }

    // By its case: as a whole a method is compared by its text.
    var isHead: Bool { if case .HEAD = self.method { true } else { false } }
    var isOptions: Bool { if case .OPTIONS = self.method { true } else { false } }
    /// It changes nothing (RFC 9110 §9.2.1).
    var isReading: Bool { if case .GET = self.method { true } else { self.isHead } }

    /// An HTTP/1.0 client knows no chunks.
    var knowsChunks: Bool { self.form != .http1(minor: 0) }

    /// The value of the first field of that name, which is in lower case.
    func header(_ name: StaticString) -> String? { self.fields.first(name) }

    /// The part of `Content-Type` before its parameters, in lower case.
    var mediaType: String? {
        self.header("content-type").map { value in
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

    /// What the client shows of itself.
    var credentials: Credentials {
        let token = self.bearerToken ?? (try? self.target.value("access_token")) ?? nil
        return Credentials(token: token.flatMap { $0.isEmpty ? nil : $0 }, address: self.address)
    }

    private var bearerToken: String? {
        guard let value = self.header("authorization"),
            let space = value.utf8.firstIndex(of: UInt8(ascii: " ")), FieldList.isEqual(value[..<space], "bearer")
        else { return nil }
        return FieldList.trim(value[space...])
    }
}

/// One whole request.
struct Request: Sendable {
    let head: RequestHead
    var body = ByteBuffer()
}
