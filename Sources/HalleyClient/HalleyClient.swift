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
    let base: String
    let apiKey: String?
    let logger: Logger
    /// One for the process; it lives as long. A server that is not there is told at once, not tried for half a minute.
    static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Parameters:
    ///   - url: of the server's root, `http` or `https`.
    ///   - apiKey: sent with every request where it is given.
    /// - Throws: ``ClientError/invalidURL(_:)``.
    public init(
        url: String,
        apiKey: String? = nil,
        logger: Logger = Logger(label: "halley.client", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(ClientError) {
        let root = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard let authority = root.split(separator: "://", maxSplits: 1).last, root.contains("://"), !authority.isEmpty,
            ["http", "https"].contains(root.prefix { $0 != ":" })
        else { throw .invalidURL(url) }
        self.base = root
        self.apiKey = apiKey
        self.logger = logger
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
        guard let id = try await self.json(request, timeout: .seconds(30))["id"]?.string else {
            throw .unexpectedAnswer("The server's answer has no id.")
        }
        return id
    }

    // MARK: -

    /// - Parameter cursor: a word or an id; `nil`: none.
    func subscribeRequest(
        _ path: String, _ topics: [String], cursor: String?, _ more: [(String, String)] = []
    ) -> HTTPClientRequest {
        self.request(path, topics.map { ("topic", $0) } + (cursor.map { [("cursor", $0)] } ?? []) + more)
    }

    /// The members of the answer.
    func json(_ request: HTTPClientRequest, timeout: TimeAmount) async throws(ClientError) -> [String: JSONReader.Value]
    {
        let body = try await self.body(of: try await self.execute(request, timeout: timeout))
        guard let members = (try? JSONReader.parse(body, maximumDepth: JSONReader.envelopeDepth))?.object else {
            throw .unexpectedAnswer("The server's answer is not JSON.")
        }
        return members
    }

    func request(_ path: String, _ items: [(String, String)]) -> HTTPClientRequest {
        let query = items.map { $0.0 + "=" + PercentEncoding.encode($0.1) }.joined(separator: "&")
        var request = HTTPClientRequest(url: self.base + path + (query.isEmpty ? "" : "?" + query))
        if let apiKey { request.headers.add(name: "Authorization", value: "Bearer " + apiKey) }
        return request
    }

    /// - Throws: also for an answer that is not 200.
    func execute(_ request: HTTPClientRequest, timeout: TimeAmount?) async throws(ClientError) -> HTTPClientResponse {
        let deadline = timeout.map { NIODeadline.now() + $0 } ?? .distantFuture
        let response: HTTPClientResponse
        do {
            response = try await Self.http.execute(request, deadline: deadline, logger: self.logger)
        } catch {
            throw .unreachable(url: self.base, reason: "\(error)")
        }
        guard response.status != .ok else { return response }
        let body = try await self.body(of: response)
        let error = (try? JSONReader.parse(body))?.object?["error"]?.object
        throw .refused(
            status: Int(response.status.code), code: error?["code"]?.string ?? "",
            message: error?["message"]?.string ?? "The server answered \(response.status).")
    }

    private func body(of response: HTTPClientResponse) async throws(ClientError) -> ByteBuffer {
        do { return try await response.body.collect(upTo: 64 << 20) } catch {
            throw .unreachable(url: self.base, reason: "\(error)")
        }
    }
}

/// Why a request came to nothing.
public enum ClientError: Error, Sendable, CustomStringConvertible {
    case invalidURL(String)
    case unreachable(url: String, reason: String)
    /// - code: of the server's error, see its protocol.
    case refused(status: Int, code: String, message: String)
    case unexpectedAnswer(String)

    public var description: String {
        switch self {
        case .invalidURL(let url): "“\(url)” is not the address of a server; it should look like http://localhost:8080."
        case .unreachable(let url, let reason): "No server answers at \(url) (\(reason))."
        case .refused(let status, _, let message): "Refused (\(status)): \(message)"
        case .unexpectedAnswer(let message): message
        }
    }

    /// Whether another try may help.
    var isTransient: Bool {
        switch self {
        case .unreachable: true
        case .refused(let status, _, _): status >= 500 || status == 408 || status == 429
        case .invalidURL, .unexpectedAnswer: false
        }
    }
}
