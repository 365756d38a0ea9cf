import NIOCore
import NIOHTTP1

/// A transport that is asked by POST: query items may come in the body, as a hundred topics don't fit into an address.
struct PostedTransport: Responder {
    /// A hundred topics of any length fit, also percent-encoded.
    static let maximumBody = 128 << 10

    private let transport: any Transport

    init(_ transport: any Transport) { self.transport = transport }

    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let form = try PostedItems.Form(head)
        let limit = min(Self.maximumBody, loop.server.configuration.limits.body)
        return .collect(limit: limit) { [transport] request throws(RequestError) in
            let items = try PostedItems.read(request.body, as: form)
            guard case .answered(let outcome) = try transport.open(try request.head.adding(items), in: loop) else {
                preconditionFailure("a transport wants no body of its own")
            }
            return outcome
        }
    }
}
