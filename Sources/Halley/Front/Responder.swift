import HalleyHub
import NIOCore
import NIOHTTP1

/// Something that answers requests: a transport, or an endpoint.
protocol Responder: Sendable {
    /// Judges a request by its head: rights and limits come before any work, and before the body.
    /// - Throws: ``RequestError``, where the head alone says that it is refused.
    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission
}

/// What is wanted of a request's body before it is answered.
enum Admission {
    /// Nothing: what comes is thrown away.
    case answered(Outcome)
    /// All of it, at most so many bytes.
    case collect(limit: Int, then: (Request) throws(RequestError) -> Outcome)
    /// Part by part, as it is pulled, at most so many bytes.
    case stream(limit: Int, then: (any BodyStream) -> Outcome)
}

/// How a request is answered. Futures fail with ``RequestError``; any other error is ours, is logged, and is not told.
enum Outcome {
    case answer(Eventually<Response>)
    /// The body is pulled, part by part, as the client takes it.
    case streams(ResponseHead, from: any BodyStream)
    /// Held back until there is something to say.
    case held(any HeldAnswer)
    /// HTTP ends on the connection, and something else goes on.
    case takesOver(Eventually<Takeover>)

    /// Of a response that is there already.
    static func answer(_ response: Response) -> Outcome { .answer(.now(response)) }
    static func answer(_ response: EventLoopFuture<Response>) -> Outcome { .answer(.later(response)) }
}

/// Bytes that are pulled, part by part: the body of a request, or that of an answer. Belongs to the loop of its connection.
protocol BodyStream: AnyObject {
    /// Asks for the next part. It comes on the loop, maybe within the call; `nil` is the end, an error an end that came too
    /// early. To be called again only when the part before has come.
    func next(_ deliver: @escaping (Result<ByteBuffer?, any Error>) -> Void)
    /// Nothing more is wanted, or can be taken. Whoever waits for a part is told by an error.
    func abandon()
}

extension BodyStream {
    /// All parts together. To be called on the loop.
    func collect(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        let collector = BodyCollector(self, eventLoop.makePromise())
        collector.pull()
        return collector.promise.futureResult
    }
}

/// Puts the parts of a body together.
private final class BodyCollector {
    private let body: any BodyStream
    let promise: EventLoopPromise<ByteBuffer>
    private var parts = ByteBuffer()

    init(_ body: any BodyStream, _ promise: EventLoopPromise<ByteBuffer>) {
        self.body = body
        self.promise = promise
    }

    func pull() {
        self.body.next { result in
            switch result {
            case .success(let part?):
                self.parts.writeImmutableBuffer(part)
                self.pull()
            case .success(nil): self.promise.succeed(self.parts)
            case .failure(let error): self.promise.fail(error)
            }
        }
    }
}

/// An answer that is held back until there is something to say. Belongs to its connection's loop.
protocol HeldAnswer: AnyObject {
    /// Comes on the loop.
    var response: EventLoopFuture<Response> { get }
    /// Answers at once with what there is.
    func release()
    /// The client has gone.
    func abandon()
}

/// How a connection goes on in place of HTTP.
struct Takeover: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: [(String, String)]
    /// What comes right behind the head.
    var prelude = ByteBuffer()
    /// Makes the channel handlers that take over. They flush what is written already.
    var handlers: @Sendable (LoopContext) -> [any ChannelHandler]
}
