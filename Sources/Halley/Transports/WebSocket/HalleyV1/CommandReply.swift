import HalleyHub
import HalleyWire
import NIOCore

/// Answers to commands: `{"reply":<id>,"ok":{…}}` or `{"reply":<id>,"error":{"code","message"}}`.
enum CommandReply {
    /// - Parameter id: `nil` where the command had none.
    static func write(_ id: CommandID?, _ result: Result<ByteBuffer, RequestError>) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"reply":"#)
        if let id { object.writeImmutableBuffer(id.text) } else { object.writeStaticString("null") }
        switch result {
        case .success(let answer):
            object.writeStaticString(#","ok":"#)
            object.writeImmutableBuffer(answer)
        case .failure(let error):
            object.writeStaticString(#","error":"#)
            object.writeImmutableBuffer(error.object)
        }
        object.writeStaticString("}")
        return object
    }

    /// `{"topics":[…],"cursor":"…"}`; without a cursor where none of them counts.
    static func topics(_ topics: [Topic], _ cursor: Cursor? = nil) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"topics":"#)
        object.writeTopics(topics)
        if let cursor {
            object.writeStaticString(#","cursor":""#)
            object.writeCursor(cursor)
            object.writeStaticString("\"")
        }
        object.writeStaticString("}")
        return object
    }

    /// `{"id":"…"}`
    static func published(_ id: Cursor) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"id":""#)
        object.writeCursor(id)
        object.writeStaticString(#""}"#)
        return object
    }
}
