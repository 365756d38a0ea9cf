import HalleyHub
import NIOCore

/// The channel handler of a push that only goes one way: what the client sends is thrown away.
final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let stream: PushStream

    init(_ stream: PushStream) { self.stream = stream }

    func handlerAdded(context: ChannelHandlerContext) { self.stream.begin(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.stream.writabilityChanged() }

    func channelInactive(context: ChannelHandlerContext) { self.stream.ended(.clientClosed) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.stream.ended(.connectionLost)
        context.close(promise: nil)
    }
}
