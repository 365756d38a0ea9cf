import HalleyHub
import NIOCore
import NIOHTTP1

/// `POST /publish`.
struct PublishEndpoint: Endpoint {
    static let path = "/publish"
    static let methods: [HTTPMethod] = [.POST]

    func respond(to request: Request, in loop: LoopContext) throws(RequestError) -> EventLoopFuture<Response> {
        let drafts = try PublishRequestReader.read(request)
        let publishing = Publishing(
            principal: loop.server.authority.principal(of: request), address: request.address,
            key: try IdempotencyTable.key(of: request))
        return publishing.publish(drafts.all, loop.server, on: loop.eventLoop).map {
            Response(json: Self.body($0, isBatch: drafts.isBatch))
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
