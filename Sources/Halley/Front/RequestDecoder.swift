import NIOCore
import NIOHTTP1

/// NIO's decoder of requests, with a meter at its entrance.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private let decoder: HTTPRequestDecoder
    private let meter: RequestLineMeter

    /// - Parameter limit: bytes of a request's line and headers.
    init(meter: RequestLineMeter, head limit: Int) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = limit
        limits.maxHeaderListSize = limit
        self.decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        self.meter = meter
    }

    /// The decoder takes all bytes at once, so the meter sees each of them once.
    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        self.meter.measure(buffer.readableBytesView)
        return try self.decoder.decode(context: context, buffer: &buffer)
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try self.decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { self.decoder.decoderAdded(context: context) }
    func decoderRemoved(context: ChannelHandlerContext) { self.decoder.decoderRemoved(context: context) }
    func shouldReclaimBytes(buffer: ByteBuffer) -> Bool { self.decoder.shouldReclaimBytes(buffer: buffer) }
}
