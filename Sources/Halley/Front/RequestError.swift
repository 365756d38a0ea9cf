import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// A refusal: what the peer is told, always with a JSON body.
struct RequestError: Error {
    let status: HTTPResponseStatus
    /// For programs; see `docs/protocol.md` §8.
    let code: String
    /// What was wrong and what to do.
    let message: String
    var headers: [(String, String)] = []

    init(_ status: HTTPResponseStatus, _ code: String, _ message: String, headers: [(String, String)] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    static func badParameter(_ name: String, _ message: String) -> RequestError {
        RequestError(.badRequest, "parameter_invalid", "“\(name)”: \(message)")
    }

    /// What went wrong is the log's affair.
    static let internalError = RequestError(
        .internalServerError, "internal", "The server failed; its log says how. Try again later.")

    var response: Response {
        var body = ByteBuffer()
        body.writeStaticString(#"{"error":"#)
        body.writeImmutableBuffer(self.object)
        body.writeStaticString("}\n")
        return Response(self.status, json: body, headers: self.headers)
    }

    /// `{"code":"…","message":"…"}`
    var object: ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"code":"#)
        object.writeJSONString(self.code)
        object.writeStaticString(#","message":"#)
        object.writeJSONString(self.message)
        object.writeStaticString("}")
        return object
    }
}

extension RequestError {
    /// What HTTP's own grammar and limits refuse.
    init(_ failure: HTTP1Failure, _ limits: Limits) {
        self =
            switch failure {
            case .malformed(let fault):
                RequestError(.badRequest, "bad_request", "The request is malformed: \(fault.rawValue).")
            case .targetTooLong:
                RequestError(.uriTooLong, "uri_too_long", "The address may have \(limits.uri) bytes (--max-uri).")
            case .headTooLarge:
                RequestError(
                    .requestHeaderFieldsTooLarge, "head_too_large",
                    "The request's line and headers may have \(limits.head) bytes (--max-head).")
            case .bodyTooLarge: .bodyTooLarge(limits.body)
            case .versionUnsupported:
                RequestError(
                    .httpVersionNotSupported, "version_unsupported", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
            case .codingUnsupported:
                RequestError(
                    .notImplemented, "encoding_unsupported",
                    "“Transfer-Encoding: chunked” is the only one that is understood; send the body as it is.")
            }
    }

    static func bodyTooLarge(_ limit: Int) -> RequestError {
        RequestError(
            .payloadTooLarge, "body_too_large",
            "The body may have \(limit) bytes here; send less, or publish in parts (--max-body is the limit of /publish)."
        )
    }

    init(_ error: TopicError) {
        let code =
            switch error {
            case .reserved, .pattern: "topic_reserved"
            case .empty, .tooLong, .controlCharacter: "topic_invalid"
            }
        self.init(.badRequest, code, error.description)
    }

    init(_ error: EventNameError) { self.init(.badRequest, "event_invalid", error.description) }

    init(_ error: ContentError) {
        let code = if case .json = error { "json_invalid" } else { "text_invalid" }
        self.init(.badRequest, code, error.description)
    }

    init(_ error: DraftError) {
        let code = if case .noTopic = error { "topic_missing" } else { "too_many_topics" }
        self.init(.badRequest, code, error.description)
    }
}
