import AsyncHTTPClient
import HalleyWire
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// WebSocket.
struct WebSocketSource: ServerSource {
    private let channel: any Channel
    private var messages: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws {
        let request = client.subscribeRequest("/ws", topics, cursor: cursor, [("hello", "1")])
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
        let address = try WebSocketAddress(request.url)
        do {
            self.channel = try await Self.connect(address, request.headers, WebSocketReceiver(continuation))
        } catch is WebSocketNotTaken {
            // The refusal's words come by plain HTTP.
            _ = try await client.json(client.subscribeRequest("/poll", topics, cursor: cursor), timeout: .seconds(10))
            throw ClientError.unexpectedAnswer("The server does not take the WebSocket.")
        } catch {
            throw ClientError.unreachable(url: client.base, reason: "\(error)")
        }
        self.messages = stream.makeAsyncIterator()
    }

    mutating func next() async throws -> [ServerWord]? {
        // Read on demand: a consumer that is slow is a slow reader to the server.
        self.channel.read()
        return try await self.messages.next().map { ServerWord(object: $0).map { [$0] } ?? [] }
    }

    private static func connect(
        _ address: WebSocketAddress, _ headers: HTTPHeaders, _ receiver: WebSocketReceiver
    ) async throws -> any Channel {
        let upgraded = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(10))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if address.isSecure { try Self.addTLS(to: channel, address.host) }
                    return try Self.addUpgrade(to: channel, address, headers, receiver)
                }
            }
        return try await upgraded.get()
    }

    private static func addTLS(to channel: any Channel, _ host: String) throws {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: host))
    }

    private static func addUpgrade(
        to channel: any Channel, _ address: WebSocketAddress, _ headers: HTTPHeaders, _ receiver: WebSocketReceiver
    ) throws -> EventLoopFuture<any Channel> {
        let upgrader = NIOTypedWebSocketClientUpgrader<any Channel>(
            maxFrameSize: 1 << 24,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(receiver)
                    return channel
                }
            })
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.uri, headers: headers)
        head.headers.add(name: "Host", value: address.authority)
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<any Channel>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { $0.eventLoop.makeFailedFuture(WebSocketNotTaken()) })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
    }
}

private struct WebSocketNotTaken: Error {}

private struct WebSocketAddress {
    let isSecure: Bool
    let authority: String
    let host: String
    let port: Int
    let uri: String

    /// - Parameter url: `http` or `https`.
    init(_ url: String) throws(ClientError) {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw .invalidURL(url) }
        self.isSecure = parts[0] == "https:"
        self.authority = String(parts[2])
        self.uri = "/" + parts[3]
        let isLiteral = self.authority.hasPrefix("[")
        let afterHost = isLiteral ? self.authority.drop { $0 != "]" }.dropFirst() : self.authority.drop { $0 != ":" }
        let host = self.authority.dropLast(afterHost.count)
        self.host = isLiteral ? String(host.dropFirst().dropLast()) : String(host)
        self.port = Int(afterHost.dropFirst()) ?? (self.isSecure ? 443 : 80)
    }
}

/// Puts messages together and answers pings. Reads only when it is asked to.
private final class WebSocketReceiver: ChannelInboundHandler, Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    private let messages: NIOLockedValueBox<WebSocketMessageStateMachine>

    private let hasYielded = NIOLockedValueBox(false)

    init(_ continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation) {
        self.continuation = continuation
        self.messages = NIOLockedValueBox(WebSocketMessageStateMachine(maximumLength: 1 << 26))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        switch frame.opcode {
        case .text: self.take(frame, .text)
        case .binary: self.take(frame, .binary)
        case .continuation: self.take(frame, nil)
        case .ping: self.send(.pong, frame.data, context)
        case .connectionClose:
            self.send(.connectionClose, frame.data, context)
            context.close(promise: nil)
        default: break
        }
    }

    private func take(_ frame: WebSocketFrame, _ kind: WebSocketMessageStateMachine.Kind?) {
        let action = self.messages.withLockedValue { $0.frame(kind, isFinal: frame.fin, frame.data) }
        switch action {
        case .message(_, let data):
            self.hasYielded.withLockedValue { $0 = true }
            self.continuation.yield(data)
        case .none: break
        case .fail(let failure):
            self.continuation.finish(throwing: ClientError.unexpectedAnswer("WebSocket failure \(failure.rawValue)."))
        }
    }

    private func send(_ opcode: NIOWebSocket.WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }

    /// Where nothing whole has come, nobody would ask for more.
    func channelReadComplete(context: ChannelHandlerContext) {
        if !self.hasYielded.withLockedValue({ hasYielded in
            defer { hasYielded = false }
            return hasYielded
        }) {
            context.read()
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.continuation.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.continuation.finish(throwing: error)
        context.close(promise: nil)
    }
}
