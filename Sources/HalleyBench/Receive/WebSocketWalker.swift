/// Walks over a server's WebSocket frames: hands out the bytes of data frames as they come, and whole pings.
package struct WebSocketWalker {
    package enum Event {
        /// A piece of a data frame.
        case data(UnsafeRawBufferPointer)
        case ping([UInt8])
        case close(code: Int)
        /// What a server must not send.
        case violation
    }

    private enum State {
        case first
        case second
        case length(bytes: Int)
        case payload
        case broken
    }

    private var state = State.first
    private var opcode: UInt8 = 0
    private var left = 0
    private var control: [UInt8] = []

    package init() {}

    package mutating func walk(_ bytes: UnsafeRawBufferPointer, _ event: (Event) -> Void) {
        var index = 0
        while index < bytes.count {
            switch self.state {
            case .first:
                self.opcode = bytes[index] & 15
                self.state = .second
                index += 1
            case .second:
                self.takeShortLength(bytes[index], event)
                index += 1
            case .length(let count):
                self.takeLength(bytes[index], count, event)
                index += 1
            case .payload:
                let step = min(self.left, bytes.count - index)
                self.take(UnsafeRawBufferPointer(rebasing: bytes[index..<index + step]), event)
                index += step
            case .broken: return
            }
        }
    }

    private mutating func takeShortLength(_ byte: UInt8, _ event: (Event) -> Void) {
        switch byte {
        case 126: (self.state, self.left) = (.length(bytes: 2), 0)
        case 127: (self.state, self.left) = (.length(bytes: 8), 0)
        case 128...: self.fail(event)  // masked
        default:
            self.left = Int(byte)
            self.beginPayload(event)
        }
    }

    private mutating func takeLength(_ byte: UInt8, _ count: Int, _ event: (Event) -> Void) {
        // No frame of a benchmark is longer than 2^55 bytes.
        guard self.left < 1 << 47, self.opcode < 8 else { return self.fail(event) }
        self.left = self.left << 8 | Int(byte)
        if count > 1 { self.state = .length(bytes: count - 1) } else { self.beginPayload(event) }
    }

    private mutating func beginPayload(_ event: (Event) -> Void) {
        self.state = .payload
        if self.left == 0 { self.end(event) }
    }

    private mutating func take(_ piece: UnsafeRawBufferPointer, _ event: (Event) -> Void) {
        self.left -= piece.count
        if self.opcode < 8 { event(.data(piece)) } else { self.control += piece }
        if self.left == 0 { self.end(event) }
    }

    private mutating func end(_ event: (Event) -> Void) {
        self.state = .first
        switch self.opcode {
        case 8: event(.close(code: self.control.count < 2 ? 1005 : Int(self.control[0]) << 8 | Int(self.control[1])))
        case 9: event(.ping(self.control))
        case 0...2, 10: break
        default: return self.fail(event)
        }
        if !self.control.isEmpty { self.control = [] }
    }

    private mutating func fail(_ event: (Event) -> Void) {
        self.state = .broken
        event(.violation)
    }
}
