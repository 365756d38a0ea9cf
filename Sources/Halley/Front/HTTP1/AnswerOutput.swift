import NIOCore

/// What an HTTP/1 connection has to say: gathered in a turn, sent at its end. What the socket does not take at once waits in the
/// channel, and everything after it.
struct AnswerOutput {
    /// More is not gathered before it is sent.
    static let gathersAtMost = 64 << 10

    private(set) var gathered = ByteBuffer()
    /// Writes that the channel has not done yet.
    var queued = 0
    /// All that was sent, or given to the channel to be sent.
    private(set) var given = 0
    private var socket: DirectSocket?

    /// Further answers may be said: what was said before is taken, or nearly all of it.
    func isOpen(_ context: ChannelHandlerContext?) -> Bool {
        self.gathered.readableBytes < Self.gathersAtMost && (self.queued == 0 || context?.channel.isWritable == true)
    }

    mutating func gather(_ write: (inout ByteBuffer) -> Void) { write(&self.gathered) }

    mutating func takeGathered() -> ByteBuffer {
        let bytes = self.gathered
        self.gathered = ByteBuffer()
        return bytes
    }

    /// Sends what is gathered.
    /// - Returns: what is to be given to the channel.
    mutating func send(_ context: ChannelHandlerContext) -> ByteBuffer? {
        guard self.gathered.readableBytes > 0 else { return nil }
        var bytes = self.takeGathered()
        self.given += bytes.readableBytes
        if self.queued == 0 {
            let socket = self.socket ?? DirectSocket(context.channel)
            self.socket = socket
            bytes.moveReaderIndex(forwardBy: socket.send(bytes))
        }
        return bytes.readableBytes > 0 ? bytes : nil
    }

    /// Bytes that the peer has not got, whether they wait here or in the kernel.
    func waiting(_ context: ChannelHandlerContext) -> Int {
        let buffered =
            self.queued == 0 ? 0 : (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        return self.gathered.readableBytes + buffered + (self.socket?.unacknowledged ?? 0)
    }

    /// How long ago the peer last confirmed something, where that is known.
    var sinceAcknowledged: TimeAmount? { self.socket?.sinceAcknowledged }

    /// Bytes that the peer has got.
    func left(_ context: ChannelHandlerContext) -> Int { self.given - self.waiting(context) }
}
