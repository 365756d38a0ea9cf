/// The head of an HTTP/1 request, checked, with all that its fields say of the message and the connection: no other code reads
/// those fields again.
package struct HTTP1Head: Sendable {
    /// How long the body is (RFC 9112 §6.3).
    package enum Body: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    /// What `Connection` asks for (RFC 9110 §7.6.1).
    package struct Options: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let close = Options(rawValue: 1)
        package static let keepAlive = Options(rawValue: 2)
        package static let upgrade = Options(rawValue: 4)
    }

    package let method: String
    /// As it came: the path and the query, or a whole address.
    package let target: String
    /// Whom the client means: the host of an absolute target, else that of `Host` (RFC 9112 §3.2.2).
    package let host: String?
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    package let minorVersion: Int
    package let fields: RequestFields
    package let body: Body
    package let options: Options
    /// What `Expect` asks for, if anything.
    package let expectation: String?

    init(_ line: HTTP1RequestLine, _ fields: RequestFields, _ known: HTTP1KnownFields) throws(HTTP1Failure) {
        self.method = line.method
        self.target = line.target
        self.minorVersion = line.minorVersion
        self.fields = fields
        self.host = try known.host(of: line)
        let body = try known.body(isHTTP11: line.minorVersion == 1)
        // What follows it belongs to the tunnel, and is no body (RFC 9110 §9.3.6). Without a tunnel it is nothing at all.
        let isTunnel = line.method == "CONNECT"
        self.body = isTunnel ? .none : body
        self.options = isTunnel ? known.options.union(.close) : known.options
        self.expectation = known.expectation
    }

    /// Whether the client goes on with this connection (RFC 9112 §9.3).
    package var isPersistent: Bool {
        !self.options.contains(.close) && (self.minorVersion == 1 || self.options.contains(.keepAlive))
    }

    /// Whether it asks to go on as a WebSocket (RFC 6455 §4.2.1); not whether the handshake is sound.
    package var asksForWebSocket: Bool {
        self.options.contains(.upgrade) && self.fields.hasMember("upgrade", "websocket")
    }

    /// An HTTP/1.0 client's expectation is to be ignored (RFC 9110 §10.1.1).
    package var expectsContinue: Bool {
        self.minorVersion == 1 && self.body != .none
            && self.expectation.map { FieldList.isEqual($0, "100-continue") } == true
    }
}

/// The fields that say how a message and its connection go on, gathered while the head is read.
struct HTTP1KnownFields {
    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private enum Length: Equatable {
        case none
        case bytes(Int)
        /// More than can be counted.
        case endless
    }

    private var length = Length.none
    private var codings: [String] = []
    private var hasCoding = false
    private var hosts = 0
    private var host: String?
    private(set) var options: HTTP1Head.Options = []
    private(set) var expectation: String?

    mutating func add(
        _ name: Slice<UnsafeBufferPointer<UInt8>>, _ value: Slice<UnsafeBufferPointer<UInt8>>
    ) throws(HTTP1Failure) {
        // Most fields differ in length already.
        switch name.count {
        case 4 where Self.isEqual(name, "host"): try self.addHost(value)
        case 6 where Self.isEqual(name, "expect"): self.expectation = Self.text(value)
        case 10 where Self.isEqual(name, "connection"): self.addOptions(value)
        case 14 where Self.isEqual(name, "content-length"): try self.addLength(value)
        case 17 where Self.isEqual(name, "transfer-encoding"):
            self.hasCoding = true
            // An empty member is none that anybody sends, and not every parser passes it over.
            self.codings += FieldList.parts(Self.text(value), at: UInt8(ascii: ","))
        default: break
        }
    }

    private mutating func addHost(_ value: Bytes) throws(HTTP1Failure) {
        guard HTTP1Byte.isHost(value) else { throw .malformed(.host) }
        self.hosts += 1
        self.host = Self.text(value)
    }

    private mutating func addOptions(_ value: Bytes) {
        let list = Self.text(value)
        if FieldList.hasMember(list, "close") { self.options.insert(.close) }
        if FieldList.hasMember(list, "keep-alive") { self.options.insert(.keepAlive) }
        if FieldList.hasMember(list, "upgrade") { self.options.insert(.upgrade) }
    }

    /// A second one is refused, also where it says the same (RFC 9112 §6.3, 5.).
    private mutating func addLength(_ value: Bytes) throws(HTTP1Failure) {
        guard self.length == .none, !value.isEmpty, value.allSatisfy({ HTTP1Byte.isDigit($0) }) else {
            throw .malformed(.contentLength)
        }
        self.length = Int(Self.text(value)).map { .bytes($0) } ?? .endless
    }

    func host(of line: HTTP1RequestLine) throws(HTTP1Failure) -> String? {
        if self.hosts > 1 || (self.hosts == 0 && line.minorVersion == 1) { throw .malformed(.host) }
        return line.authority ?? self.host
    }

    func body(isHTTP11: Bool) throws(HTTP1Failure) -> HTTP1Head.Body {
        if self.hasCoding {
            if !isHTTP11 { throw .malformed(.codingOfOldClient) }
            if self.length != .none { throw .malformed(.lengthAndCoding) }
            let isChunked = self.codings.map { FieldList.isEqual($0, "chunked") }
            guard isChunked.last == true, !isChunked.dropLast().contains(true), !self.codings.contains("") else {
                throw .malformed(.codingNotChunked)
            }
            if isChunked.count > 1 { throw .codingUnsupported }
            return .chunked
        }
        switch self.length {
        case .none: return .none
        case .bytes(let count): return count == 0 ? .none : .length(count)
        case .endless: throw .bodyTooLarge
        }
    }

    private static func isEqual(_ bytes: Bytes, _ lowercased: StaticString) -> Bool {
        var expected = lowercased.utf8Start
        for byte in bytes {
            if FieldList.lowercased(byte) != expected.pointee { return false }
            expected += 1
        }
        return true
    }

    private static func text(_ bytes: Bytes) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
    }
}
