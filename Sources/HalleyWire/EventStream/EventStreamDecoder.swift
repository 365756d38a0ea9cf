package import NIOCore

/// Reads `text/event-stream` as it arrives, in pieces of any size.
package struct EventStreamDecoder: Sendable {
    package enum Event: Equatable, Sendable {
        /// A block with data. `id` is the last one that the stream has set.
        case event(name: String, data: String, id: String)
        /// A block without data that has set the id.
        case id(String)
        /// The reconnection time, in milliseconds.
        case retry(Int)
    }

    /// A line, or the data of a block, was longer than it may be.
    package struct TooLong: Error {}

    private let maximumLength: Int

    private var line: [UInt8] = []
    private var isAfterCR = false
    private var isAtStart = true
    private var name = ""
    private var data: [UInt8]?
    private var lastID = ""
    private var hasNewID = false

    /// - Parameter maximumLength: bytes of a line, and of the data of a block.
    package init(maximumLength: Int = 16 << 20) { self.maximumLength = maximumLength }

    package mutating func decode(_ buffer: ByteBuffer) throws(TooLong) -> [Event] {
        var events: [Event] = []
        for byte in buffer.readableBytesView {
            let wasAfterCR = self.isAfterCR
            self.isAfterCR = byte == 0x0d
            if byte == 0x0a && wasAfterCR { continue }
            if byte == 0x0a || byte == 0x0d {
                self.endLine(&events)
            } else {
                if self.line.count + (self.data?.count ?? 0) >= self.maximumLength { throw TooLong() }
                self.line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine(_ events: inout [Event]) {
        defer { self.line.removeAll(keepingCapacity: true) }
        if self.isAtStart {
            self.isAtStart = false
            if self.line.starts(with: [0xef, 0xbb, 0xbf]) { self.line.removeFirst(3) }
        }
        if self.line.isEmpty { return self.dispatch(&events) }
        let colon = self.line.firstIndex(of: UInt8(ascii: ":")) ?? self.line.count
        var value = self.line[min(colon + 1, self.line.count)...]
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        self.field(String(decoding: self.line[..<colon], as: UTF8.self), value, &events)
    }

    private mutating func field(_ name: String, _ value: ArraySlice<UInt8>, _ events: inout [Event]) {
        switch name {
        case "event": self.name = String(decoding: value, as: UTF8.self)
        case "data":
            if self.data == nil { self.data = Array(value) } else { self.data! += [0x0a] + value }
        case "id" where !value.contains(0):
            self.lastID = String(decoding: value, as: UTF8.self)
            self.hasNewID = true
        case "retry":
            let isNumber = !value.isEmpty && value.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            if isNumber, let time = Int(String(decoding: value, as: UTF8.self)) { events.append(.retry(time)) }
        default: break
        }
    }

    private mutating func dispatch(_ events: inout [Event]) {
        if let data = self.data {
            let name = self.name.isEmpty ? "message" : self.name
            events.append(.event(name: name, data: String(decoding: data, as: UTF8.self), id: self.lastID))
        } else if self.hasNewID {
            events.append(.id(self.lastID))
        }
        self.name = ""
        self.data = nil
        self.hasNewID = false
    }
}
