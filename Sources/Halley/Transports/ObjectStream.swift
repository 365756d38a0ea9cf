import HalleyHub
import HalleyWire
import NIOCore

/// How a transport puts one JSON object after the other into its endless body.
protocol ObjectWrapping: Sendable {
    /// Two wrappings with the same identity write the same bytes.
    var identity: String { get }
    var framing: BodyFraming { get }
    /// Whether hello and heartbeats are said.
    var saysCursors: Bool { get }

    func wrapPublication(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer)
    func wrapNotice(_ name: StaticString, _ object: ByteBuffer, into buffer: inout ByteBuffer)
    /// The last object, and what ends the body.
    func wrapEnd(_ object: ByteBuffer, into buffer: inout ByteBuffer)
}

extension ObjectWrapping {
    var saysCursors: Bool { true }
    func wrapEnd(_ object: ByteBuffer, into buffer: inout ByteBuffer) { self.wrapNotice("end", object, into: &buffer) }
}

/// Publications of a stream of objects.
struct ObjectFormat<Wrapping: ObjectWrapping>: WireFormat {
    let wrapping: Wrapping

    var identity: String { self.wrapping.identity + self.wrapping.framing.identity }

    func encode(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        self.wrapping.framing.write(into: &buffer) { self.wrapping.wrapPublication(publication, id: id, into: &$0) }
    }
}

/// The dialect of a stream of objects.
struct ObjectDialect<Wrapping: ObjectWrapping>: PushDialect {
    let name: String
    let wrapping: Wrapping
    var padding = 0

    var format: any WireFormat { ObjectFormat(wrapping: self.wrapping) }

    func write(_ notice: Notice, into buffer: inout ByteBuffer) {
        switch notice {
        case .hello(let cursor):
            guard self.wrapping.saysCursors else { return }
            self.write("hello", NoticeObject.hello(cursor, padding: self.padding), into: &buffer)
        case .gap(let gap, let id): self.write("gap", NoticeObject.gap(gap, id: id), into: &buffer)
        case .caughtUp(let topics, let id): self.write("caughtUp", NoticeObject.caughtUp(topics, id: id), into: &buffer)
        case .joined: break
        }
    }

    func writeHeartbeat(_ cursor: Cursor, into buffer: inout ByteBuffer) {
        if self.wrapping.saysCursors { self.write("cursor", NoticeObject.cursor(cursor), into: &buffer) }
    }

    func writeEnd(_ reason: CloseReason, retry: Int?, into buffer: inout ByteBuffer) {
        let object = NoticeObject.end(reason, retry: retry)
        self.wrapping.framing.write(into: &buffer) { self.wrapping.wrapEnd(object, into: &$0) }
        self.wrapping.framing.writeEnd(into: &buffer)
    }

    private func write(_ name: StaticString, _ object: ByteBuffer, into buffer: inout ByteBuffer) {
        self.wrapping.framing.write(into: &buffer) { self.wrapping.wrapNotice(name, object, into: &$0) }
    }
}
