import HalleyHub
import NIOCore
import NIOHTTP1

/// `POST /publish`.
struct PublishEndpoint: Endpoint {
    static let path = "/publish"
    static let methods: [HTTPMethod] = [.POST]

    func respond(to request: Request, in loop: LoopContext) throws(RequestError) -> EventLoopFuture<Response> {
        let server = loop.server
        let drafts = try PublishRequestReader.read(request)
        let key = try IdempotencyTable.key(of: request)
        let principal = server.authority.principal(of: request)
        let topics = Array(Set(drafts.all.flatMap(\.topics))).sorted()
        let allowed = server.authority.authorize(principal, .publish, topics, on: loop.eventLoop)
        return allowed.flatMapThrowing {
            try Self.take(drafts.all.count, request.address, server)
        }.flatMap { [eventLoop = loop.eventLoop] in
            guard let key else { return Self.publish(drafts, server, on: eventLoop) }
            let scoped = IdempotencyTable.Key(scope: principal.idempotencyScope, key: key)
            return server.idempotency.once(scoped, content: ContentPrint(request), on: eventLoop) {
                Self.publish(drafts, server, on: eventLoop)
            }
        }
    }

    private static func take(_ count: Int, _ address: ClientAddress, _ server: ServerContext) throws {
        guard let seconds = server.publicationRate.take(count, for: address) else { return }
        throw RequestError(
            .tooManyRequests, "too_many_requests",
            "An address may publish \(server.configuration.limits.publicationRate) times a second (--publish-rate).",
            headers: [("Retry-After", String(seconds))])
    }

    private static func publish(
        _ drafts: PublishRequest, _ server: ServerContext, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Response> {
        let promise = eventLoop.makePromise(of: Response.self)
        server.hub.engine.publish(drafts.all) { result in
            switch result {
            case .success(let ids): promise.succeed(Response(json: self.body(ids, isBatch: drafts.isBatch)))
            case .failure(let error):
                promise.fail(RequestError(.serviceUnavailable, "overloaded", "The log can't take it now: \(error)"))
            }
        }
        return promise.futureResult
    }

    private static func body(_ ids: [Cursor], isBatch: Bool) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeStaticString(isBatch ? #"{"ids":["# : #"{"id":"#)
        for (index, id) in ids.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeStaticString("\"")
            body.writeCursor(id)
            body.writeStaticString("\"")
        }
        body.writeStaticString(isBatch ? "]}\n" : "}\n")
        return body
    }
}
