import HalleyHub
import HalleyWire
import NIOCore

/// What the JSON dialects say besides publications (`docs/protocol.md` §5): one object each.
enum NoticeObject {
    /// - Parameter padding: spaces for clients that hold the first bytes back.
    static func hello(_ cursor: Cursor, padding: Int = 0) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"hello":{"cursor":""#)
        object.writeCursor(cursor)
        object.writeStaticString("\"")
        if padding > 0 {
            object.writeStaticString(#","padding":""#)
            object.writeRepeatingByte(UInt8(ascii: " "), count: padding)
            object.writeStaticString("\"")
        }
        object.writeStaticString("}}")
        return object
    }

    /// To a client that can come back as the same.
    static func hello(_ cursor: Cursor, _ client: ClientCredentials) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"hello":{"cursor":""#)
        object.writeCursor(cursor)
        object.writeStaticString("\",")
        object.writeCredentials(client)
        object.writeStaticString("}}")
        return object
    }

    static func cursor(_ cursor: Cursor) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"cursor":""#)
        object.writeCursor(cursor)
        object.writeStaticString(#""}"#)
        return object
    }

    static func gap(_ gap: Gap, id: Cursor) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"gap":"#)
        object.writeGap(gap)
        object.writeID(id)
        return object
    }

    static func caughtUp(_ topics: [Topic], id: Cursor) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"caughtUp":{"topics":"#)
        object.writeTopics(topics)
        object.writeStaticString("}")
        object.writeID(id)
        return object
    }

    /// Topics that were taken from the client.
    static func unsubscribed(_ topics: [Topic]) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"unsubscribed":{"topics":"#)
        object.writeTopics(topics)
        object.writeStaticString("}}")
        return object
    }

    static func end(_ reason: CloseReason, retry: Int?) -> ByteBuffer {
        var object = ByteBuffer()
        object.writeString(#"{"end":{"code":\#(reason.code),"reason":"\#(reason.text)""#)
        if let retry { object.writeString(#","retry":\#(retry)"#) }
        object.writeStaticString("}}")
        return object
    }
}

extension ByteBuffer {
    /// The last member of a notice.
    fileprivate mutating func writeID(_ id: Cursor) {
        self.writeStaticString(#","id":""#)
        self.writeCursor(id)
        self.writeStaticString(#""}"#)
    }
}
