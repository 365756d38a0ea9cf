import HalleyWire
import NIOCore
import NIOHTTP1

/// What is decided by the head alone, before any body.
struct RequestGate {
    let server: ServerContext
    /// The connection came in on a loopback address of ours.
    let isOnLoopback: Bool
    /// The connection is over a limit.
    let isOverloaded: Bool

    /// - Parameter knownHost: the last one that was checked and allowed: nearly all requests name the same. One that came in on
    ///   another address is not checked, and must not be remembered.
    /// - Returns: `nil` where the request may go on.
    func refusal(of request: Request, knownHost: inout String?) -> RequestError? {
        let limits = self.server.configuration.limits
        if request.uri.utf8.count > limits.uri { return Self.uriTooLong(limits) }
        if request.version.major != 1 { return Self.versionUnsupported }
        if let refusal = self.hostRefusal(request, &knownHost) { return refusal }
        // An `EventSource` would not come back from a 503: its transport ends it in its own way.
        if self.isOverloaded, TransportTable.transport(at: request.target.path)?.isSparedFromOverload != true {
            return Self.overloaded(self.server)
        }
        let codings = request.headers[canonicalForm: "Content-Encoding"]
        if let coding = codings.first(where: { $0.lowercased() != "identity" }) {
            return RequestError(
                .unsupportedMediaType, "encoding_unsupported",
                "Content-Encoding “\(coding)” is not offered; send the body as it is.",
                headers: [("Accept-Encoding", "identity")])
        }
        if let expected = request.header("Expect"), expected.lowercased() != "100-continue" {
            return RequestError(.expectationFailed, "bad_request", "“Expect: \(expected)” can't be met.")
        }
        return nil
    }

    private func hostRefusal(_ request: Request, _ knownHost: inout String?) -> RequestError? {
        let hosts = request.headers.lazy.filter { FieldList.isEqual($0.name, "host") }.map(\.value)
        var count = 0
        var host: String?
        for value in hosts { (count, host) = (count + 1, value) }
        if count > 1 || (count == 0 && request.isHTTP11) {
            return RequestError(.badRequest, "bad_request", "An HTTP/1.1 request needs exactly one Host header.")
        }
        guard self.isOnLoopback, let host, host != knownHost else { return nil }
        if self.server.hosts.allows(host) {
            knownHost = host
            return nil
        }
        return RequestError(
            .misdirectedRequest, "host_refused",
            "A server on a loopback address does not answer to “\(host)”; add it with --allow-host if it should.")
    }

    static func uriTooLong(_ limits: Limits) -> RequestError {
        RequestError(.uriTooLong, "uri_too_long", "The address may have \(limits.uri) bytes (--max-uri).")
    }

    static let versionUnsupported = RequestError(
        .httpVersionNotSupported, "version_unsupported", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")

    static func overloaded(_ server: ServerContext) -> RequestError {
        RequestError(
            .serviceUnavailable, "overloaded", "The server has as many connections as it may; come back later.",
            headers: [("Retry-After", String(max(1, server.spreadRetry() / 1000)))])
    }
}
