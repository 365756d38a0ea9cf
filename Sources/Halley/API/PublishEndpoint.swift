import HalleyHub
import NIOCore
import NIOHTTP1

/// `POST /publish`. Rights and the rate are asked before the body is read, as far as the head says what they are asked for.
struct PublishEndpoint: Endpoint {
    static let path = "/publish"
    static let methods: [HTTPMethod] = [.POST]

    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let server = loop.server
        let eventLoop = loop.eventLoop
        let key = try IdempotencyTable.key(of: head)
        let target = try PublishRequestReader.target(of: head)
        let admit = { @Sendable (principal: Principal) in
            Publishing(principal: principal, address: head.address, key: key).admit(target, server, on: eventLoop)
        }
        let known = server.authority.principal(of: head, on: eventLoop)
        let admitted =
            if case .now(let principal) = known { admit(principal) } else { known.flatMap(on: eventLoop, admit) }
        let limit = server.configuration.limits.body
        switch admitted {
        case .failed(let error): throw server.refusal(for: error)
        case .now(let publishing):
            return .collect(limit: limit) { request throws(RequestError) in
                .answer(try Self.publish(request, target, publishing, server, on: eventLoop))
            }
        // The body is pulled when the embedding program has said that it may come.
        case .later(let admitted):
            return .stream(limit: limit) { body in
                let response = admitted.hop(to: eventLoop).assumeIsolated().flatMap { publishing in
                    body.collect(on: eventLoop).flatMap { bytes -> EventLoopFuture<Response> in
                        do throws(RequestError) {
                            let request = Request(head: head, body: bytes)
                            return try Self.publish(request, target, publishing, server, on: eventLoop)
                                .future(on: eventLoop)
                        } catch {
                            return eventLoop.makeFailedFuture(error)
                        }
                    }
                }
                return .answer(response.nonisolated())
            }
        }
    }

    private static func publish(
        _ request: Request, _ target: PublishTarget, _ publishing: Publishing, _ server: ServerContext,
        on eventLoop: any EventLoop
    ) throws(RequestError) -> Eventually<Response> {
        let ids: Eventually<[Cursor]>
        switch target {
        case .one:
            let drafts = try PublishRequestReader.read(request, target)
            ids = publishing.publishAdmitted(drafts.all, server, on: eventLoop)
        case .batch:
            ids = try self.publishBatch(request, publishing, server, on: eventLoop)
        }
        let isBatch = if case .batch = target { true } else { false }
        return ids.map { Response(json: self.body($0, isBatch: isBatch)) }
    }

    private static func publishBatch(
        _ request: Request, _ publishing: Publishing, _ server: ServerContext, on eventLoop: any EventLoop
    ) throws(RequestError) -> Eventually<[Cursor]> {
        let drafts: PublishRequest
        do { drafts = try PublishRequestReader.read(request, .batch) } catch { throw error.ofBatch }
        return publishing.publish(drafts.all, server, on: eventLoop).mapError {
            ($0 as? RequestError)?.ofBatch ?? $0
        }
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
