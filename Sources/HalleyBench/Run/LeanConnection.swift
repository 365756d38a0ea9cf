import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension ClientBootstrap {
    /// A connection that costs little here.
    static func lean(_ loop: any EventLoop, from source: SocketAddress?) -> ClientBootstrap {
        var bootstrap = ClientBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(30))
        #if os(Linux)
        // A port is chosen at connect, so that one port of a source serves for each server.
        let bindAddressNoPort = ChannelOptions.Types.SocketOption(
            level: .ip, name: .init(rawValue: IP_BIND_ADDRESS_NO_PORT))
        bootstrap = bootstrap.channelOption(bindAddressNoPort, value: 1)
        #endif
        return source.map { bootstrap.bind(to: $0) } ?? bootstrap
    }
}

extension Channel {
    /// Resets the connection at its close: thousands of ports would else wait for a minute.
    func leaveNoPortBehind() {
        (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
    }
}
