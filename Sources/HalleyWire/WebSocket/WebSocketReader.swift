package import NIOCore

/// The way from the bytes of a peer to what it says: its frames, put together to messages. What has not been asked for yet
/// stays here as bytes.
package struct WebSocketReader {
    package typealias Action = WebSocketReceivingStateMachine.Action
    package typealias Limits = WebSocketReceivingStateMachine.Limits

    private var decoder: WebSocketFrameDecoder
    private var receiving: WebSocketReceivingStateMachine
    private var bytes = ByteBuffer()
    /// Nothing counts after a close, or a failure.
    private var hasEnded = false

    /// What it holds at the moment, in bytes of memory.
    package var capacity: Int { self.bytes.capacity }

    /// It is as it was in the beginning: a new one would do as well.
    package var isAtRest: Bool {
        !self.hasEnded && self.bytes.readableBytes == 0 && self.decoder.isAtRest && self.receiving.isAtRest
    }

    /// - Parameters:
    ///   - role: which end reads.
    ///   - deflate: where compression was agreed on; only a server reads compressed messages.
    package init(role: WebSocketRole = .server, limits: Limits, deflate: WebSocketDeflate?) {
        precondition(role == .server || deflate == nil, "a client offers no compression")
        // What can't be compressed gets a little longer: a message of just the limit must get through.
        let overhead = deflate == nil ? 0 : limits.message >> 8 + 64
        self.decoder = WebSocketFrameDecoder(
            role: role, maximumFrame: limits.message + overhead, allowsCompression: deflate != nil)
        self.receiving = WebSocketReceivingStateMachine(
            limits: limits,
            inflater: deflate.map {
                MessageInflater(windowBits: Int32($0.clientWindow), keepsContext: $0.clientKeepsContext)
            })
    }

    /// Takes what has arrived.
    package mutating func append(_ fresh: ByteBuffer) {
        if self.hasEnded { return }
        if self.bytes.readableBytes == 0 {
            self.bytes = fresh
            return
        }
        // What was read makes room: else the memory would grow with every byte of a peer that never ends at a frame's end.
        self.bytes.discardReadBytes()
        self.bytes.writeImmutableBuffer(fresh)
    }

    /// - Returns: the next thing that the peer says; `nil` where more bytes are needed, and after the last.
    package mutating func next() -> Action? {
        while !self.hasEnded {
            let action: Action
            do throws(WebSocketFailure) {
                guard let piece = try self.decoder.next(&self.bytes) else { break }
                action = self.receiving.piece(piece)
            } catch {
                action = .fail(error)
            }
            switch action {
            case .none: continue
            case .message, .ping, .pong: return action
            case .close, .fail:
                self.hasEnded = true
                self.bytes = ByteBuffer()
                return action
            }
        }
        // An empty rest must not hold on to the memory that it was read into.
        if self.bytes.readableBytes == 0 { self.bytes = ByteBuffer() }
        return nil
    }
}
