import HalleyWire
import NIOCore

/// What is at work on the present request of a connection.
struct CurrentRequest {
    typealias Deliver = (Result<ByteBuffer?, any Error>) -> Void

    var head: RequestHead?
    /// Its body is put together here.
    var collected = ByteBuffer()
    /// Gets the whole request.
    var collector: ((Request) throws(RequestError) -> Outcome)?
    /// The body is pulled.
    var isPulled = false
    /// Waits for the next part of the body.
    var puller: Deliver?
    /// Bytes that the body may have.
    var bodyLimit = 0
    /// Bytes of the body so far.
    var bodyBytes = 0
    /// How many there were when the deadline of the body was set.
    var bodyMark = 0
    /// The client waits to be told that it may send the body.
    var awaitsContinue = false
    var held: (any HeldAnswer)?
    /// Whether something else may go on is being decided.
    var isDeciding = false
    var takeover: Takeover?
    /// Brings the answer's body.
    var producer: (any BodyStream)?
    /// The producer has been asked for a part that it has not given.
    var isPartAwaited = false
    /// The answer's body comes in chunks.
    var isChunked = false
    /// Further work is left to a later turn of the loop.
    var isSuspended = false

    /// More of the body is wanted now; one that nobody pulls is put together, or thrown away.
    var isBodyAwaited: Bool { !self.isPulled || self.puller != nil }

    /// Tells those who are at work that the connection has gone. To be called on one that was taken away from it: they may
    /// look at it.
    func abandon() {
        self.held?.abandon()
        self.producer?.abandon()
        self.puller?(.failure(ChannelError.eof))
    }
}

/// The body of a request, for whoever pulls it.
final class RequestBody: BodyStream {
    private weak var connection: HTTP1Connection?
    private let number: Int

    /// - Parameter number: that of the request.
    init(of connection: HTTP1Connection, number: Int) {
        self.connection = connection
        self.number = number
    }

    func next(_ deliver: @escaping (Result<ByteBuffer?, any Error>) -> Void) {
        guard let connection = self.connection, connection.requestCount == self.number else {
            return deliver(.failure(ChannelError.eof))
        }
        connection.pullBody(deliver)
    }

    func abandon() {
        guard let connection = self.connection, connection.requestCount == self.number else { return }
        connection.abandonBody()
    }
}
