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
        let admitted = server.authority.principal(of: head, on: eventLoop).flatMap(on: eventLoop) { principal in
            Publishing(principal: principal, address: head.address, key: key).admit(target, server, on: eventLoop)
        }
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
        let drafts = try PublishRequestReader.read(request, target)
        let ids =
            switch target {
            case .one: publishing.publishAdmitted(drafts.all, server, on: eventLoop)
            case .batch: publishing.publish(drafts.all, server, on: eventLoop)
            }
        return ids.map { Response(json: self.body($0, isBatch: drafts.isBatch)) }
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
