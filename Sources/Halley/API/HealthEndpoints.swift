import NIOCore
import NIOHTTP1

/// `GET /healthz`: the process lives.
struct HealthEndpoint: Endpoint {
    static let path = "/healthz"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .answered(.answer(Response(text: "ok")))
    }
}

/// `GET /readyz`: new clients are welcome; not from the moment that the server is told to stop.
struct ReadinessEndpoint: Endpoint {
    static let path = "/readyz"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let response =
            loop.server.isDraining
            ? Response(.serviceUnavailable, text: "draining") : Response(text: "ready")
        return .answered(.answer(response))
    }
}
