import NIOCore

/// Ends a connection whose server says nothing any more. It lies behind the codec: what is not yet a head, or part of a body,
/// does not count.
final class SilenceHandler: ChannelDuplexHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    private let settings: ClientSettings
    private var watch: SilenceWatch
    private var timer: Scheduled<Void>?

    init(_ settings: ClientSettings) {
        self.settings = settings
        self.watch = SilenceWatch(limit: TimeAmount(settings.silence))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.watch.waits(from: self.settings.uptime())
        self.schedule(TimeAmount(self.settings.silence), context)
    }

    func read(context: ChannelHandlerContext) {
        self.watch.waits(from: self.settings.uptime())
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.watch.heard()
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    private func schedule(_ delay: TimeAmount, _ context: ChannelHandlerContext) {
        let delay = min(delay, TimeAmount(self.settings.look))
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        switch self.watch.step(at: self.settings.uptime()) {
        case .wait(let time): self.schedule(time, context)
        case .silent: context.fireErrorCaught(ConnectionFailure.silent(self.settings.silence))
        }
    }
}
