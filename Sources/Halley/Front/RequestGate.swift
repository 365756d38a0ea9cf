import HalleyWire
import NIOCore
import NIOHTTP1

/// What is decided by the head alone, whatever its path.
struct RequestGate {
    let server: ServerContext
    /// The connection came in on a loopback address of ours.
    let isOnLoopback: Bool
    /// The connection is over a limit.
    let isOverloaded: Bool

    /// - Parameter knownHost: the last host that was checked and allowed: nearly all requests name the same. One that came in on
    ///   another address is not checked, and must not be remembered.
    /// - Returns: `nil` where the request may go on.
    func refusal(of head: RequestHead, knownHost: inout String?) -> RequestError? {
        if let refusal = self.hostRefusal(head, &knownHost) { return refusal }
        // An `EventSource` would not come back from a 503: its transport ends it in its own way.
        if self.isOverloaded, TransportTable.transport(at: head.target.path)?.isSparedFromOverload != true {
            return Self.overloaded(self.server)
        }
        let codings = head.fields.values("content-encoding")
        if let coding = codings.first(where: { $0.lowercased() != "identity" }) {
            return RequestError(
                .unsupportedMediaType, "encoding_unsupported",
                "Content-Encoding “\(coding)” is not offered; send the body as it is.",
                headers: [("Accept-Encoding", "identity")])
        }
        if let expected = head.expectation, expected.lowercased() != "100-continue" {
            return RequestError(.expectationFailed, "bad_request", "“Expect: \(expected)” can't be met.")
        }
        return nil
    }

    private func hostRefusal(_ head: RequestHead, _ knownHost: inout String?) -> RequestError? {
        guard self.isOnLoopback || self.server.hosts.areGiven, let host = head.host, host != knownHost else {
            return nil
        }
        if self.server.hosts.allows(host) {
            knownHost = host
            return nil
        }
        return RequestError(
            .misdirectedRequest, "host_refused",
            "The server does not answer to “\(host)”; add it with --allow-host if it should.")
    }

    static func overloaded(_ server: ServerContext) -> RequestError {
        RequestError(
            .serviceUnavailable, "overloaded", "The server has as many connections as it may; come back later.",
            headers: [("Retry-After", String(max(1, server.spreadRetry() / 1000)))])
    }
}
