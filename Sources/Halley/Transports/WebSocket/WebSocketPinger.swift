import HalleyHub
import HalleyWire
import NIOCore

/// Pings, and ends the connection of a peer that says nothing any more.
final class WebSocketPinger: TimerClient {
    private unowned let stream: PushStream
    private let interval: TimeAmount
    private let patience: TimeAmount
    private var timer: TimerEntry?
    private var lastHeard = NIODeadline.now()
    /// When the ping was sent that nothing has come after.
    private var pinged: NIODeadline?

    init(_ stream: PushStream) {
        self.stream = stream
        self.interval = stream.loop.server.configuration.pingInterval
        self.patience = stream.loop.server.configuration.pongTimeout
    }

    func begin() {
        let timer = TimerEntry(self)
        self.timer = timer
        self.stream.loop.timers.schedule(timer, after: self.interval)
    }

    func end() {
        if let timer { self.stream.loop.timers.cancel(timer) }
        self.timer = nil
    }

    func heard() {
        self.lastHeard = .now()
        self.pinged = nil
    }

    func timerFired() -> TimeAmount? {
        if self.stream.hasEnded { return nil }
        let now = NIODeadline.now()
        if let pinged, now - pinged >= self.patience {
            self.stream.finish(.peerSilent)
            return nil
        }
        if let pinged { return min(self.interval, self.patience - (now - pinged)) }
        if now - self.lastHeard < self.interval { return self.interval - (now - self.lastHeard) }
        self.pinged = now
        self.stream.writeFrame(.ping, ByteBuffer())
        return min(self.interval, self.patience)
    }
}

extension PushStream {
    func writeFrame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(opcode, payload)
        self.write(buffer)
    }
}
