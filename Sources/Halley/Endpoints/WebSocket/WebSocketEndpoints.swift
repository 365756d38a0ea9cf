import NIOConcurrencyHelpers
import NIOHTTP1

/// The endpoints of a server by their paths: those of its configuration, and those that were added since.
final class WebSocketEndpoints: Sendable {
    let queued = WebSocketQueueBytes()
    private let byPath: NIOLockedValueBox<[String: WebSocketEndpoint]>

    init(_ endpoints: [WebSocketEndpoint]) {
        self.byPath = NIOLockedValueBox(Dictionary(endpoints.map { ($0.path, $0) }) { $1 })
    }

    /// The last that was added at a path is the one.
    func add(_ endpoint: WebSocketEndpoint) { self.byPath.withLockedValue { $0[endpoint.path] = endpoint } }

    func endpoint(at path: String) -> WebSocketEndpoint? { self.byPath.withLockedValue { $0[path] } }
}

extension Request {
    /// It wants to go on as a WebSocket: whatever else is at the path, it is meant for an endpoint.
    var wantsWebSocket: Bool {
        self.offersUpgrade && self.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
    }
}
