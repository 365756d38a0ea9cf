import NIOCore
import NIOHTTP1
import NIOWebSocket

@testable import HalleyClient

/// A client, as the server sees it.
struct Peer {
    private let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ByteBuffer()

    init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound
        self.outbound = outbound
    }

    struct Gone: Error {}

    // MARK: - Hearing

    /// - Returns: the lines of the request.
    mutating func request() async throws -> [Substring] {
        while true {
            let text = String(buffer: self.unread)
            if let end = text.firstRange(of: "\r\n\r\n") {
                self.unread.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
                return text[..<end.lowerBound].split(separator: "\r\n")
            }
            guard let bytes = try await self.inbound.next() else { throw Gone() }
            self.unread.writeImmutableBuffer(bytes)
        }
    }

    /// - Returns: that many bytes.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while self.unread.readableBytes < count {
            guard let bytes = try await self.inbound.next() else { throw Gone() }
            self.unread.writeImmutableBuffer(bytes)
        }
        return self.unread.readBytes(length: count) ?? []
    }

    /// A frame of a client: short and masked.
    mutating func frame() async throws -> (first: UInt8, isMasked: Bool, payload: [UInt8]) {
        let head = try await self.bytes(2)
        let key = try await self.bytes(4)
        let payload = try await self.bytes(Int(head[1] & 0x7f))
        return (head[0], head[1] & 0x80 != 0, payload.enumerated().map { $0.element ^ key[$0.offset % 4] })
    }

    /// Says nothing, until the client closes the connection.
    mutating func awaitEnd() async throws {
        while try await self.inbound.next() != nil {}
    }

    // MARK: - Saying

    func send(_ text: String) async throws { try await self.outbound.write(ByteBuffer(string: text)) }
    func send(_ bytes: [UInt8]) async throws { try await self.outbound.write(ByteBuffer(bytes: bytes)) }

    /// Takes a request, and begins an answer that ends with the connection.
    mutating func begin(_ transport: ClientTransport) async throws {
        switch transport {
        case .ws: try await self.upgrade()
        case .sse: try await self.begin(type: "text/event-stream")
        case .stream: try await self.begin(type: "application/x-ndjson")
        case .poll, .longpoll: try await self.begin(type: "application/json")
        }
    }

    private mutating func begin(type: String) async throws {
        _ = try await self.request()
        try await self.send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n")
    }

    /// Answers one request in full.
    mutating func answer(_ status: String = "200 OK", _ fields: String = "", _ body: String) async throws {
        _ = try await self.request()
        try await self.send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    /// The opening handshake of a WebSocket, with what comes at the same time.
    mutating func upgrade(and frames: [UInt8] = []) async throws {
        let accept = try await self.accept(try await self.request())
        let head =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(accept)\r\n\r\n"
        try await self.send(Array(head.utf8) + frames)
    }

    /// Says a JSON object as the transport does.
    func say(_ object: String, by transport: ClientTransport) async throws {
        switch transport {
        case .ws: try await self.send(Self.frame(0x81, Array(object.utf8)))
        case .stream: try await self.send(object + "\n")
        case .sse, .poll, .longpoll: preconditionFailure("it says no objects")
        }
    }

    func say(publication envelope: String, by transport: ClientTransport) async throws {
        if transport == .sse {
            try await self.send("data: \(envelope)\n\n")
        } else {
            try await self.say(envelope, by: transport)
        }
    }

    /// Takes the request and says where the client stands.
    mutating func hello(by transport: ClientTransport) async throws {
        try await self.begin(transport)
        if transport == .sse {
            try await self.send("id: e-1\n\n")
        } else {
            try await self.say(#"{"hello":{"cursor":"e-1"}}"#, by: transport)
        }
    }

    func close(_ code: UInt16, _ reason: String) async throws {
        try await self.send(Self.frame(0x88, [UInt8(code >> 8), UInt8(code & 0xff)] + Array(reason.utf8)))
    }

    /// A frame of a server, 125 bytes at most.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] { [first, UInt8(payload.count)] + payload }

    /// RFC 6455 §4.2.2, as NIO has it.
    private func accept(_ request: [Substring]) async throws -> String {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        for line in request.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            head.headers.add(name: String(parts[0]), value: String(parts.last ?? ""))
        }
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let answer = try await upgrader.buildUpgradeResponse(
            channel: self.channel, upgradeRequest: head, initialResponseHeaders: [:]
        ).get()
        return answer.first(name: "Sec-WebSocket-Accept") ?? ""
    }
}
