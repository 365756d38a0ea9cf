import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A connection for one push.
enum ServerConnection {
    /// A request, and what its answer must be.
    struct Request: Sendable {
        var target: String
        var headers: HTTPHeaders
        var answer: ExpectedAnswer
    }

    /// Begins to connect.
    /// - Returns: what comes; first ``ServerPart/opened``, where the server takes the request.
    static func open(
        _ request: Request, to address: ServerAddress, _ settings: ClientSettings
    ) -> ServerParts.AsyncIterator {
        let wishes = ConsumerWishes()
        let parts = ServerParts.makeSequence(
            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4), finishOnDeinit: true, delegate: wishes)
        let source = parts.source
        do {
            let tls = address.isSecure ? try NIOSSLContext(configuration: settings.tls) : nil
            self.connect(to: address, settings).flatMapThrowing { channel in
                // Whoever has gone meanwhile wants no connection.
                guard wishes.connected(channel) else { return channel.close(promise: nil) }
                do {
                    try self.configure(channel, request, to: address, tls, settings, source)
                } catch {
                    channel.close(promise: nil)
                    throw error
                }
            }.whenFailure { source.finish($0) }
        } catch {
            source.finish(error)
        }
        return parts.sequence.makeAsyncIterator()
    }

    private static func connect(
        to address: ServerAddress, _ settings: ClientSettings
    ) -> EventLoopFuture<any Channel> {
        // Nothing is read before the handlers are there.
        ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .connect(host: address.host, port: address.port)
    }

    /// On the channel's loop.
    private static func configure(
        _ channel: any Channel, _ request: Request, to address: ServerAddress, _ tls: NIOSSLContext?,
        _ settings: ClientSettings, _ source: ServerParts.Source
    ) throws {
        var head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: address.path + request.target, headers: request.headers)
        head.headers.add(name: "Host", value: address.authority)
        request.answer.ask(in: &head.headers)
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder())
        let splitter = HeadSplitter()
        let answer = AnswerHandler(
            head, request.answer, codec: [encoder, decoder], splitter, maximumMessage: settings.maximumMessage)
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: address.serverName))
        }
        try pipeline.addHandlers([splitter, encoder, decoder, SilenceHandler(settings)])
        try pipeline.addHandlers([answer, PartsHandler(source)])
        try channel.syncOptions?.setOption(.autoRead, value: true)
    }
}
