public import NIOCore

/// The limits and the compression of an endpoint's WebSockets.
public struct WebSocketSettings: Sendable {
    /// permessage-deflate (RFC 7692).
    public struct Compression: Sendable {
        /// How far back our messages refer, as a power of two: 9 to 15. The peer may ask for less.
        public var window = 15
        /// Whether messages may refer to those before them, where the peer agrees: small similar messages get much smaller,
        /// but each connection that has sent one keeps up to 256 KiB, and one that has received one 44 KiB.
        public var keepsContext = false
        /// Bytes from which on a message is compressed, where that makes it smaller. 0: every message, smaller or not.
        public var threshold = 256

        public init() {}
    }

    /// Bytes of a message that comes in, inflated; a longer one closes the connection with 1009.
    public var maximumMessage = 1 << 20
    /// Fragments of a message that comes in; more close the connection with 1009.
    public var maximumFragments = 1 << 17
    /// Bytes of messages that wait for the endpoint before the socket is not read any more.
    public var receiveBuffer = 256 << 10
    /// Bytes that wait for the peer before ``WebSocket/send(_:)-swift.method`` suspends.
    public var sendBuffer = 1 << 20
    /// `nil`: none is negotiated.
    public var compression: Compression? = Compression()
    /// How long a close frame waits for the endpoint to take the messages before it, and for the peer to answer it.
    public var closeTimeout = TimeAmount.seconds(5)

    public init() {}
}
