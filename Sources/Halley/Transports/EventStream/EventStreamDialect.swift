import HalleyHub
import HalleyWire
import NIOCore

/// What an event stream says besides publications (`docs/protocol.md` §5).
struct EventStreamDialect: PushDialect {
    let eventStream: EventStreamFormat
    let hello: Bool
    /// Milliseconds.
    let retry: Int

    var name: String { "sse" }
    var format: any WireFormat { self.eventStream }

    init(format: EventStreamFormat, hello: Bool, retry: Int) {
        self.eventStream = format
        self.hello = hello
        self.retry = retry
    }

    func write(_ notice: Notice, into buffer: inout ByteBuffer) {
        switch notice {
        case .hello(let cursor):
            self.eventStream.frame(into: &buffer) { block in
                block.writeEventStreamField("retry", String(self.retry))
                self.writeCursor(cursor, event: "halley:hello", into: &block)
            }
        case .gap(let gap, let id):
            self.eventStream.frame(into: &buffer) { block in
                block.writeEventStreamID(id)
                block.writeEventStreamField("event", "halley:gap")
                var data = ByteBuffer()
                data.writeGap(gap)
                data.withUnsafeReadableBytes { block.writeEventStreamData($0) }
            }
        case .joined, .caughtUp: break
        }
    }

    /// A bare id moves the cursor on without any script noticing.
    func writeHeartbeat(_ cursor: Cursor, into buffer: inout ByteBuffer) {
        self.eventStream.frame(into: &buffer) { self.writeCursor(cursor, event: "halley:cursor", into: &$0) }
    }

    func writeEnd(_ reason: CloseReason, retry: Int?, into buffer: inout ByteBuffer) {
        if let retry {
            self.eventStream.frame(into: &buffer) { block in
                block.writeEventStreamField("retry", String(retry))
                // A comment, for people.
                block.writeString(": \(reason)\n")
            }
        }
        self.eventStream.framing.writeEnd(into: &buffer)
    }

    private func writeCursor(_ cursor: Cursor, event: String, into block: inout ByteBuffer) {
        block.writeEventStreamID(cursor)
        if self.hello {
            block.writeEventStreamField("event", event)
            block.writeEventStreamField("data", cursor.description)
        }
    }
}
