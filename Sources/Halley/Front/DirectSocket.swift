import NIOCore
#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The socket under a channel, to send what needs no queue without the way through the pipeline: a third of the time of a
/// delivery.
///
/// NIO gives the descriptor for the time of one call only, and none where it has closed it: so what is sent can't reach
/// another connection that has got the same number. To be used on the channel's loop, while the channel has nothing waiting,
/// and only where no handler changes the bytes.
struct DirectSocket {
    private let core: (any NIOTransportAccessibleChannelCore<NIOBSDSocket.Handle>)?

    /// A channel without a socket takes nothing.
    init(_ channel: any Channel) {
        self.core = channel._channelCore as? any NIOTransportAccessibleChannelCore<NIOBSDSocket.Handle>
    }

    /// - Returns: how many bytes the system took. Where it took less than all, the channel is to be given the rest: it waits for
    ///   the socket, or meets the same error and ends the connection.
    func send(_ buffer: ByteBuffer) -> Int {
        guard let core = self.core else { return 0 }
        let sent = try? core.withUnsafeTransport { handle in
            buffer.withUnsafeReadableBytes { Self.send(handle, $0) }
        }
        return max(0, sent ?? 0)
    }

    private static func send(_ handle: NIOBSDSocket.Handle, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        // NIO has set SO_NOSIGPIPE.
        Darwin.send(handle, bytes.baseAddress, bytes.count, 0)
        #elseif canImport(Musl)
        Musl.send(handle, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #else
        Glibc.send(handle, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #endif
    }
}
