import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// The forever iframe at `/iframe`: an HTML document that never ends, one script for each publication.
struct IframeTransport: Transport {
    static let path = "/iframe"

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let call = try self.call(request, loop.server.origins)
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let document = IframeDocument(framing: BodyFraming(request), call: call)
        let policy =
            "default-src 'none'; script-src 'nonce-\(document.nonce)'; "
            + "frame-ancestors \(loop.server.origins.frameAncestors)"
        let opening = PushOpening(
            headers: PushOpening.streamHeaders("text/html; charset=utf-8", document.framing)
                + [("Content-Security-Policy", policy)],
            prelude: document.prelude(),
            dialect: ObjectDialect(name: "iframe", wrapping: document),
            topics: parameters.topics,
            handlers: { [StreamHandler($0)] })
        return .answered(opening.outcome(try self.authorize(request, parameters, in: loop), of: request))
    }

    private func call(_ request: RequestHead, _ origins: OriginRules) throws(RequestError) -> IframeDocument.Call {
        guard let text = try request.target.value("callback") else {
            throw .badParameter("callback", "is missing: name the function to call, as “parent.comet.message”.")
        }
        if text == "postMessage" { return .postMessage(try self.postOrigin(request, origins)) }
        guard let name = CallbackName(text) else {
            throw .badParameter(
                "callback",
                "must be up to four identifiers joined by dots, after an optional “parent.”, 64 characters at most.")
        }
        try ScriptGate.check(request, origins)
        return .function(name)
    }

    /// Whom the frame talks to: what is posted reaches pages of that origin only.
    private func postOrigin(_ request: RequestHead, _ origins: OriginRules) throws(RequestError) -> String {
        let given = try request.target.value("origin") ?? request.header("referer").flatMap(Self.origin)
        let own = request.host.map { "http://" + $0 }
        guard let origin = given ?? own, Self.origin(of: origin) == origin else {
            throw .badParameter("origin", "must be like https://example.org.")
        }
        guard origins.allows(origin: origin, host: request.host) else {
            throw RequestError(
                .forbidden, "origin_refused",
                "Pages of \(origin) may not use this server; allow them with --allow-origin.")
        }
        return origin
    }

    /// Scheme, host and port of an address.
    private static func origin(of url: String) -> String? {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "http:" || parts[0] == "https:", parts[1].isEmpty, !parts[2].isEmpty else {
            return nil
        }
        let authority = parts[2].prefix { $0 != "?" && $0 != "#" }
        guard authority.utf8.allSatisfy(Self.isHostByte) else { return nil }
        return "\(parts[0])//\(authority)"
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
