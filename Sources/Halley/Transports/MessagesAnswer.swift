import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// The one answer of clients that ask again and again: `{"cursor","messages","gap"?}`.
struct MessagesAnswer: Sendable {
    var cursor: Cursor
    var messages: [(publication: Publication, id: Cursor)]
    var gaps: [Gap]
    /// Who the client is from now on.
    var issued: ClientCredentials?
    /// The members that the classic comet clients read.
    var hasTimestamp = false

    var body: ByteBuffer {
        var body = ByteBuffer()
        body.writeStaticString(#"{"cursor":""#)
        body.writeCursor(self.cursor)
        body.writeStaticString(#"","messages":["#)
        for (index, message) in self.messages.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeEnvelope(message.publication, id: message.id)
        }
        body.writeStaticString("]")
        if let gap = self.gaps.first {
            body.writeStaticString(#","gap":"#)
            body.writeGap(gap)
        }
        if self.gaps.count > 1 {
            body.writeStaticString(#","gaps":["#)
            for (index, gap) in self.gaps.dropFirst().enumerated() {
                if index > 0 { body.writeStaticString(",") }
                body.writeGap(gap)
            }
            body.writeStaticString("]")
        }
        if self.hasTimestamp { self.writeTimestamp(into: &body) }
        if let issued {
            body.writeStaticString(",")
            body.writeCredentials(issued)
        }
        body.writeStaticString("}")
        return body
    }

    private func writeTimestamp(into body: inout ByteBuffer) {
        body.writeStaticString(#","timestamp":""#)
        body.writeCursor(self.cursor)
        body.writeStaticString("\"")
        if let last = self.messages.last {
            body.writeStaticString(#","msg":"#)
            body.writeContent(last.publication.content)
        }
    }

    /// As JSON, or as a call of the callback.
    func response(callback: CallbackName?, caching: String) -> Response {
        let body = self.body
        let headers = [("Cache-Control", caching), ("X-Content-Type-Options", "nosniff")]
        guard let callback else {
            return Response(.ok, headers: [("Content-Type", "application/json")] + headers, body: body)
        }
        var script = ByteBuffer()
        // The comment keeps the first bytes from being chosen by the page (Rosetta Flash).
        script.writeString("/**/\(callback.text)(")
        script.writeScriptJSON(body)
        script.writeStaticString(");")
        return Response(.ok, headers: [("Content-Type", "text/javascript; charset=utf-8")] + headers, body: script)
    }
}

extension Transport {
    /// The function that a JSONP answer calls; `nil` for plain JSON.
    func callback(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> CallbackName? {
        guard let text = try request.target.value("callback") else { return nil }
        guard let name = CallbackName(text) else {
            throw .badParameter(
                "callback",
                "must be up to four identifiers joined by dots, after an optional “parent.”, 64 characters at most.")
        }
        try ScriptGate.check(request, loop.server.origins)
        return name
    }
}
