import HalleyWire
import NIOCore
import NIOHTTP1

/// Why a request or a subscription came to nothing.
public enum ClientError: Error, Sendable, CustomStringConvertible {
    case invalidURL(String)
    case unreachable(url: String, reason: String)
    /// - Parameters:
    ///   - code: of the server's error, see its protocol.
    ///   - retryAfter: when the server asks to try again, where it says so.
    case refused(status: Int, code: String, message: String, retryAfter: Duration?)
    /// The server has ended the subscription and does not want the client back.
    /// - Parameter code: the protocol's number, or that of a WebSocket's close frame.
    case ended(code: Int, reason: String)
    case unexpectedAnswer(String)

    public var description: String {
        switch self {
        case .invalidURL(let url): "“\(url)” is not the address of a server; it should look like http://localhost:8080."
        case .unreachable(let url, let reason): "No server answers at \(url) (\(reason))."
        case .refused(let status, _, let message, _): "Refused (\(status)): \(message)"
        case .ended(let code, let reason): "The server has ended the subscription for good (\(code) \(reason))."
        case .unexpectedAnswer(let message): message
        }
    }

    /// Whether another try may help.
    var isTransient: Bool {
        switch self {
        case .unreachable: true
        case .refused(let status, _, _, _): status >= 500 || status == 408 || status == 429
        case .invalidURL, .ended, .unexpectedAnswer: false
        }
    }

    var retryAfter: Duration? {
        if case .refused(_, _, _, let retryAfter) = self { retryAfter } else { nil }
    }
}

extension ClientError {
    /// What an answer says that is not the one asked for.
    init(refusal head: HTTPResponseHead, body: ByteBuffer) {
        let error = (try? JSONReader.parse(body))?.object?["error"]?.object
        let location = head.headers.first(name: "Location").map { "; the server is at \($0)" } ?? ""
        self = .refused(
            status: Int(head.status.code), code: error?["code"]?.string ?? "",
            message: error?["message"]?.string ?? "The server answered “\(head.status)”\(location).",
            retryAfter: head.headers.first(name: "Retry-After").flatMap(RetryTime.init(seconds:))?.duration)
    }

    /// - Parameter url: of the server that was talked to.
    init(_ error: any Error, url: String) {
        self = error as? ClientError ?? .unreachable(url: url, reason: "\(error)")
    }
}

/// What broke a connection that may be tried again.
struct ConnectionFailure: Error, CustomStringConvertible {
    let description: String

    static func silent(_ limit: Duration) -> ConnectionFailure {
        ConnectionFailure(description: "the server said nothing for \(limit)")
    }
}
