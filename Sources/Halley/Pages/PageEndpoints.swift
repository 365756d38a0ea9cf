import HalleyWeb
import NIOCore
import NIOHTTP1

/// The demo's page at `/`.
struct PageEndpoint: Endpoint {
    static let path = "/"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .answered(.answer(Response(page: WebAssets.indexHTML, type: "text/html; charset=utf-8")))
    }
}

struct PageStyleEndpoint: Endpoint {
    static let path = "/page.css"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .answered(.answer(Response(page: WebAssets.pageCSS, type: "text/css; charset=utf-8")))
    }
}

struct PageScriptEndpoint: Endpoint {
    static let path = "/page.js"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .answered(.answer(Response(page: WebAssets.pageJS, type: "text/javascript; charset=utf-8")))
    }
}

extension Response {
    /// A page runs only its own scripts and talks only to its own server.
    fileprivate init(page: [UInt8], type: String) {
        self.init(
            .ok,
            headers: [
                ("Content-Type", type), ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:"),
            ],
            body: ByteBuffer(bytes: page))
    }
}
