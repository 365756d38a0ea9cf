import AsyncHTTPClient
import HalleyWire
import NIOCore
import NIOHTTP1

/// Requests that are answered at once, or soon.
extension HalleyClient {
    /// One for the process; it lives as long. A server that is not there is told at once, not tried for half a minute.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    func request(_ path: String, _ items: [(String, String)]) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: self.address.url + Self.target(path, items))
        request.headers = self.headers
        request.tlsConfiguration = self.settings.tls
        return request
    }

    /// The members of the answer.
    /// - Parameter limit: for all of it: the head may come, and then nothing.
    func json(
        _ request: HTTPClientRequest, within limit: Duration
    ) async throws(ClientError) -> [String: JSONReader.Value] {
        let body: ByteBuffer
        do {
            body = try await self.within(limit) { try await self.body(request) }
        } catch {
            throw ClientError(error, url: self.address.url)
        }
        guard let members = (try? JSONReader.parse(body, maximumDepth: JSONReader.envelopeDepth))?.object else {
            throw .unexpectedAnswer("The server's answer is not JSON.")
        }
        return members
    }

    /// - Throws: also for an answer that is not 200.
    private func body(_ request: HTTPClientRequest) async throws -> ByteBuffer {
        let response = try await Self.http.execute(request, deadline: .distantFuture, logger: self.logger)
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: self.settings.maximumMessage)
        } catch is NIOTooManyBytesError {
            throw ClientError.unexpectedAnswer("The server's answer is too long.")
        }
        guard response.status == .ok else {
            let head = HTTPResponseHead(version: response.version, status: response.status, headers: response.headers)
            throw ClientError(refusal: head, body: body)
        }
        return body
    }

    private func within<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await self.settings.expire(limit)
                throw ConnectionFailure.silent(limit)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    // MARK: - The parts of a request

    var headers: HTTPHeaders { self.apiKey.map { ["Authorization": "Bearer " + $0] } ?? [:] }

    static func target(_ path: String, _ items: [(String, String)]) -> String {
        let query = items.map { $0.0 + "=" + PercentEncoding.encode($0.1) }.joined(separator: "&")
        return path + (query.isEmpty ? "" : "?" + query)
    }

    /// - Parameter cursor: a word or an id; `nil`: none.
    static func subscribeItems(_ topics: [String], cursor: String?) -> [(String, String)] {
        topics.map { ("topic", $0) } + (cursor.map { [("cursor", $0)] } ?? [])
    }
}
