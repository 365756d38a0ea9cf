import NIOCore

/// What comes over a connection.
enum ServerPart: Sendable {
    /// The server has taken the request.
    case opened
    /// Bytes of a body; of a WebSocket, one message.
    case data(ByteBuffer)
    /// The server's close frame.
    case closed(code: UInt16?, reason: String)
}

/// The parts of a connection, as they are asked for. It is closed when the iterator is given up.
typealias ServerParts = NIOThrowingAsyncSequenceProducer<
    ServerPart, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ConsumerWishes
>
