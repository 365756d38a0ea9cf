import HalleyHub
import NIOCore
import NIOHTTP1

/// `POST /publish`. Rights and the rate are asked before the body is read, as far as the head says what they are asked for.
struct PublishEndpoint: Endpoint {
    static let path = "/publish"
    static let methods: [HTTPMethod] = [.POST]

    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let publishing = Publishing(
            principal: loop.server.authority.principal(of: head), address: head.address,
            key: try IdempotencyTable.key(of: head))
        let target = try PublishRequestReader.target(of: head)
        let limit = loop.server.configuration.limits.body
        guard case .one(let topics, _) = target else {
            try loop.server.authority.requireSomePublishing(publishing.principal)
            return self.collect(limit, target) {
                publishing.publish($0, loop.server, on: loop.eventLoop).mapError {
                    ($0 as? RequestError)?.ofBatch ?? $0
                }
            }
        }
        switch loop.server.authority.verdict(publishing.principal, .publish, topics) {
        case .refused(let error): throw error
        case .allowed:
            try publishing.countAgainstRate(1, loop.server)
            return self.collect(limit, target) { publishing.publishAllowed($0, loop.server, on: loop.eventLoop) }
        case .ask(let asked):
            return .stream(limit: limit) { self.publish($0, head, target, publishing, asking: asked, in: loop) }
        }
    }

    private func collect(
        _ limit: Int, _ target: PublishTarget, _ publish: @escaping ([PublicationDraft]) -> Eventually<[Cursor]>
    ) -> Admission {
        .collect(limit: limit) { request throws(RequestError) in
            let drafts: PublishRequest
            do throws(RequestError) { drafts = try PublishRequestReader.read(request, target) } catch {
                if case .batch = target { throw error.ofBatch }
                throw error
            }
            return .answer(publish(drafts.all).map { Self.response($0, isBatch: drafts.isBatch) })
        }
    }

    /// The body is pulled when the embedding program has said that it may come.
    private func publish(
        _ body: any BodyStream, _ head: RequestHead, _ target: PublishTarget, _ publishing: Publishing,
        asking topics: [Topic], in loop: LoopContext
    ) -> Outcome {
        let (server, eventLoop) = (loop.server, loop.eventLoop)
        let allowed = server.authority.authorize(publishing.principal, .publish, topics, on: eventLoop)
        let response = allowed.hop(to: eventLoop).assumeIsolated().flatMap { () -> EventLoopFuture<ByteBuffer> in
            do { try publishing.countAgainstRate(1, server) } catch { return eventLoop.makeFailedFuture(error) }
            return body.collect(on: eventLoop)
        }.flatMap { bytes -> EventLoopFuture<Response> in
            do throws(RequestError) {
                let drafts = try PublishRequestReader.read(Request(head: head, body: bytes), target)
                return publishing.publishAllowed(drafts.all, server, on: eventLoop).future(on: eventLoop).map {
                    Self.response($0, isBatch: false)
                }
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
        }
        return .answer(response.nonisolated())
    }

    private static func response(_ ids: [Cursor], isBatch: Bool) -> Response {
        Response(json: self.body(ids, isBatch: isBatch))
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

extension RequestError {
    /// A batch is taken whole or not at all: who is refused must know that nothing is left to be undone, or to be published
    /// twice.
    fileprivate var ofBatch: RequestError {
        RequestError(
            self.status, self.code, "\(self.message) Nothing of the batch was published.", headers: self.headers)
    }
}
