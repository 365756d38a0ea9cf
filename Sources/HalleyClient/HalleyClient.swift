import AsyncHTTPClient
import HalleyWire
public import Logging
public import NIOCore
import NIOHTTP1

/// A client of a Halley server.
///
/// ```swift
/// let client = try HalleyClient(url: "http://localhost:8080")
/// for try await event in client.subscribe(["news"]) { … }
/// ```
public struct HalleyClient: Sendable {
    let address: ServerAddress
    let apiKey: String?
    let logger: Logger
    var settings = ClientSettings()

    /// - Parameters:
    ///   - url: of the server's root, `http` or `https`.
    ///   - apiKey: sent with every request where it is given.
    ///   - heartbeat: how often the server shows that it lives (its `--heartbeat`). A connection on which it says nothing for
    ///     three times as long counts as lost.
    /// - Throws: ``ClientError/invalidURL(_:)``.
    public init(
        url: String,
        apiKey: String? = nil,
        heartbeat: Duration = .seconds(15),
        logger: Logger = Logger(label: "halley.client", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(ClientError) {
        self.address = try ServerAddress(url)
        self.apiKey = apiKey
        self.logger = logger
        self.settings.heartbeat = heartbeat
    }

    /// Publishes one message.
    /// - Parameters:
    ///   - contentType: `nil`: the server takes text for text and other bytes for binary.
    /// - Returns: its id.
    /// - Throws: ``ClientError``.
    public func publish(
        _ data: ByteBuffer,
        to topic: String,
        event: String? = nil,
        contentType: String? = nil
    ) async throws(ClientError) -> String {
        let items = [("topic", topic)] + (event.map { [("event", $0)] } ?? [])
        var request = self.request("/publish", items)
        request.method = .POST
        if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
        request.body = .bytes(data)
        guard let id = try await self.json(request, within: self.settings.publishing)["id"]?.string else {
            throw .unexpectedAnswer("The server's answer has no id.")
        }
        return id
    }
}
