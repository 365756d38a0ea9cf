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
    private typealias Core = any NIOTransportAccessibleChannelCore<NIOBSDSocket.Handle>

    private let core: Core?

    /// A channel without a socket takes nothing.
    init(_ channel: any Channel) {
        let core = channel._channelCore as? any NIOTransportAccessibleChannelCore
        self.core = core.flatMap { Self.core($0) }
    }

    /// The same core, as one whose transport is a socket. To be asked for in a cast the runtime takes 13,000 instructions
    /// each time, a tenth of all that a new connection needs; the type that tells the two apart is no part of the value.
    private static func core<Other: NIOTransportAccessibleChannelCore>(_ other: Other) -> Core? {
        guard Other.Transport.self == NIOBSDSocket.Handle.self else { return nil }
        return unsafeBitCast(other as any NIOTransportAccessibleChannelCore, to: Core.self)
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

    /// Bytes that were sent and that the peer's system has not confirmed yet.
    var unacknowledged: Int {
        guard let core = self.core else { return 0 }
        var count: CInt = 0
        _ = try? core.withUnsafeTransport { handle in
            #if canImport(Darwin)
            var size = socklen_t(MemoryLayout<CInt>.size)
            _ = getsockopt(handle, SOL_SOCKET, SO_NWRITE, &count, &size)
            #else
            _ = ioctl(handle, UInt(TIOCOUTQ), &count)
            #endif
        }
        return Int(count)
    }

    /// How long ago the peer's system last confirmed something; `nil` where this system does not say.
    var sinceAcknowledged: TimeAmount? {
        #if os(Linux)
        guard let core = self.core else { return nil }
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        let result = try? core.withUnsafeTransport { handle in
            getsockopt(handle, CInt(IPPROTO_TCP), TCP_INFO, &info, &size)
        }
        return result == 0 ? .milliseconds(Int64(info.tcpi_last_ack_recv)) : nil
        #else
        return nil
        #endif
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
