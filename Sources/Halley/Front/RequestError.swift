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

    static func internalError(_ error: any Error) -> RequestError {
        RequestError(.internalServerError, "internal", "The server failed: \(error)")
    }

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
    init(_ error: TopicError) {
        let code = if case .reserved = error { "topic_reserved" } else { "topic_invalid" }
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
