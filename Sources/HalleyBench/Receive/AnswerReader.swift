/// Reads HTTP/1.1 answers, one after the other: the status, and the pieces of the body.
///
/// Bodies have a `Content-Length` or, with `isEndless`, never end (a stream, or what follows a 101).
package struct AnswerReader {
    package enum Event: Equatable {
        case status(Int)
        /// So many bytes at this place are a piece of the body.
        case body(Range<Int>)
        case end
        case failure(String)
    }

    private enum State {
        case head
        case body(left: Int)
        case endless
        case broken
    }

    private static let longestHead = 16 << 10

    private let isEndless: Bool
    private var state = State.head
    private var head: [UInt8] = []

    package init(isEndless: Bool) { self.isEndless = isEndless }

    package mutating func read(_ bytes: UnsafeRawBufferPointer, _ event: (Event) -> Void) {
        var index = 0
        while index < bytes.count {
            switch self.state {
            case .head: self.readHead(bytes, &index, event)
            case .body(let left):
                let step = min(left, bytes.count - index)
                event(.body(index..<index + step))
                index += step
                self.goOn(left: left - step, event)
            case .endless:
                event(.body(index..<bytes.count))
                return
            case .broken: return
            }
        }
    }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ event: (Event) -> Void) {
        while index < bytes.count {
            self.head.append(bytes[index])
            index += 1
            if bytes[index - 1] == 10, self.head.suffix(4) == [13, 10, 13, 10] { return self.endHead(event) }
        }
        if self.head.count > Self.longestHead { self.fail("the head of an answer is too long", event) }
    }

    private mutating func endHead(_ event: (Event) -> Void) {
        let lines = String(decoding: self.head, as: UTF8.self).split(separator: "\r\n")
        self.head = []
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return self.fail("what came is no HTTP answer", event)
        }
        event(.status(status))
        if self.isEndless && (status == 101 || status == 200) {
            self.state = .endless
        } else if status == 204 || status == 304 {
            self.goOn(left: 0, event)
        } else if let length = Self.contentLength(lines.dropFirst()) {
            self.goOn(left: length, event)
        } else {
            self.fail("an answer (status \(status)) has no Content-Length", event)
        }
    }

    private mutating func goOn(left: Int, _ event: (Event) -> Void) {
        self.state = left > 0 ? .body(left: left) : .head
        if left == 0 { event(.end) }
    }

    private mutating func fail(_ message: String, _ event: (Event) -> Void) {
        self.state = .broken
        event(.failure(message))
    }

    private static func contentLength(_ lines: ArraySlice<Substring>) -> Int? {
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            return Int(parts[1].drop { $0 == " " }).flatMap { $0 >= 0 ? $0 : nil }
        }
        return nil
    }
}
