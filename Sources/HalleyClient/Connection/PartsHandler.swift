import NIOCore

/// The end of a connection's pipeline: gives what comes to whoever iterates, and reads on as fast as that is taken.
final class PartsHandler: ChannelDuplexHandler {
    typealias InboundIn = ServerPart
    typealias OutboundIn = Never

    private let source: ServerParts.Source
    private var isWanted = true

    init(_ source: ServerParts.Source) { self.source = source }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isWanted = self.source.yield(self.unwrapInboundIn(data)) == .produceMore
    }

    /// Nothing whole may have come: then nobody else would ask for more.
    func channelReadComplete(context: ChannelHandlerContext) {
        if self.isWanted { context.read() }
    }

    /// Whoever iterates has taken what there was.
    func read(context: ChannelHandlerContext) {
        self.isWanted = true
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) { self.source.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.source.finish(error)
        context.close(promise: nil)
    }
}
