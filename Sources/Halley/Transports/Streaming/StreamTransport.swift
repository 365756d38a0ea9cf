import HalleyHub
import NIOCore
import NIOHTTP1

/// HTTP streaming at `/stream`: JSON lines, or parts of a multipart body.
struct StreamTransport: Transport {
    static let path = "/stream"
    static let methods: [HTTPMethod] = [.GET, .HEAD, .POST]
    static let maximumPadding = 65536

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let padding = try request.target.integer("padding", in: 0...Self.maximumPadding, default: 0)
        let kind = try Self.multipart(request.target)
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let framing = BodyFraming(request)
        let opening: PushOpening
        if let kind {
            let isRaw = parameters.format == .raw
            let wrapping = Multipart(framing: framing, isRaw: isRaw, saysCursors: !isRaw || parameters.hello)
            opening = Self.opening(
                "multipart/\(kind.rawValue); boundary=\(wrapping.boundary)", "multipart", wrapping, padding,
                wrapping.prelude(), request, parameters)
        } else {
            opening = Self.opening(
                "application/x-ndjson", "stream", JSONLines(framing: framing), padding, ByteBuffer(), request,
                parameters)
        }
        return .answered(opening.outcome(try self.authorize(request, parameters, in: loop), of: request))
    }

    private static func opening(
        _ type: String, _ name: String, _ wrapping: some ObjectWrapping, _ padding: Int, _ prelude: ByteBuffer,
        _ request: RequestHead, _ parameters: SubscribeParameters
    ) -> PushOpening {
        PushOpening(
            headers: PushOpening.streamHeaders(type, wrapping.framing),
            prelude: prelude,
            dialect: ObjectDialect(name: name, wrapping: wrapping, padding: padding),
            topics: parameters.topics,
            handlers: { [StreamHandler($0)] })
    }

    private static func multipart(_ target: RequestTarget) throws(RequestError) -> Multipart.Kind? {
        guard let text = try target.value("multipart") else { return nil }
        guard let kind = Multipart.Kind(rawValue: text) else {
            throw .badParameter("multipart", "must be mixed or x-mixed-replace, not “\(text)”.")
        }
        return kind
    }
}
