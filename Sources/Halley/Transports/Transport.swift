import HalleyHub
import NIOCore
import NIOHTTP1

/// One technique of pushing over HTTP: what it holds is only what is its own.
protocol Transport: Responder {
    static var path: String { get }
    /// With `POST` its query items may come in the body, too (``PostedTransport``).
    static var methods: [HTTPMethod] { get }

    /// It tells an overloaded client itself when to come back.
    var isSparedFromOverload: Bool { get }
}

extension Transport {
    static var methods: [HTTPMethod] { [.GET, .HEAD] }
    var isSparedFromOverload: Bool { false }
}

/// All transports: a new one is a folder and a line here.
enum TransportTable {
    private static let all: [any Transport] = [
        PollTransport(),
        LongPollTransport(),
        StreamTransport(),
        IframeTransport(),
        EventStreamTransport(),
        WebSocketTransport(),
    ]

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { (type(of: $0).path, $0) })

    static func transport(at path: String) -> (any Transport)? { self.byPath[path] }
}

/// How a transport writes what the hub says.
protocol PushDialect: Sendable {
    /// For the log.
    var name: String { get }
    var format: any WireFormat { get }
    /// The peer says a last word after ours, and the connection is open until then.
    var peerAnswersEnd: Bool { get }

    /// Each may write nothing.
    func write(_ notice: Notice, into buffer: inout ByteBuffer)
    func writeHeartbeat(_ cursor: Cursor, into buffer: inout ByteBuffer)
    /// - Parameter retry: after how many milliseconds the client should come back; `nil`: as it likes.
    func writeEnd(_ reason: CloseReason, retry: Int?, into buffer: inout ByteBuffer)
}

extension PushDialect {
    var peerAnswersEnd: Bool { false }
}

/// How a connection goes on as a push.
struct PushOpening: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: [(String, String)]
    /// What comes before all else.
    var prelude = ByteBuffer()
    var dialect: any PushDialect
    /// Who it is, as soon as that is known.
    var presentation: Presentation?
    /// `nil`: it ends at once, with a word on when to come back.
    var topics: [(topic: Topic, start: StartPoint)]?
    /// Makes the channel handlers that take over.
    var handlers: @Sendable (PushStream) -> [any ChannelHandler]
}

extension PushOpening {
    /// - Parameter presentation: who it is; comes when that is known, and that it is allowed.
    func outcome(_ presentation: Eventually<Presentation>, of request: RequestHead) -> Outcome {
        if request.isHead { return .answer(presentation.map { _ in self.headOnly }) }
        return .takesOver(presentation.map { self.presented(by: $0).takeover(of: request) })
    }

    /// For HEAD: the headers only, and the connection goes on.
    private var headOnly: Response {
        var response = Response(self.status, headers: self.headers.filter { $0.0 != "Connection" })
        response.hasLength = false
        return response
    }

    func takeover(of request: RequestHead) -> Takeover {
        Takeover(status: self.status, headers: self.headers, prelude: self.prelude) { [self] loop in
            self.handlers(PushStream(loop: loop, opening: self, address: request.address, uri: request.uri))
        }
    }

    func presented(by presentation: Presentation) -> PushOpening {
        var opening = self
        opening.presentation = presentation
        if opening.topics != nil { opening.topics = presentation.topics }
        return opening
    }

    /// Of an endless answer: no proxy may keep it, change it or hold it back.
    static func streamHeaders(_ type: String, _ framing: BodyFraming) -> [(String, String)] {
        [
            ("Content-Type", type), ("Cache-Control", "no-cache, no-transform"),
            // nginx would hold events back.
            ("X-Accel-Buffering", "no"), ("X-Content-Type-Options", "nosniff"),
        ] + framing.headers
    }
}
