import HalleyWire
import NIOCore

/// The bytes of a connection; the first says where they are cut, the second how long a body may be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP1(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size >= 2 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 2, count: size - 2))
    let limit = Int(data[1])
    let whole = Reading([bytes], limit)
    let step = max(1, Int(data[0]))
    let pieces = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
    precondition(Reading(pieces, limit) == whole, "it says something else when the bytes are cut")
    if bytes.count <= 300, step > 1 {
        precondition(Reading(bytes.map { [$0] }, limit) == whole, "it says something else byte by byte")
    }
    drop(bytes, limit)
    return 0
}

/// Whoever does not want the rest of a body is told whether it is short: no more than that then comes.
private func drop(_ bytes: [UInt8], _ limit: Int) {
    var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
    var input = ByteBuffer(bytes: bytes)
    guard case .head(let head) = parser.next(&input) else { return }
    if limit % 2 == 0 { _ = parser.next(&input) }
    let missing = parser.missingBody
    let isShort = parser.dropBody(atMost: limit)
    if head.body == .none { precondition(isShort && missing == 0) }
    var count = 0
    steps: while isShort {
        switch parser.next(&input) {
        case .body(let part): count += part.readableBytes
        case .needsMore, .end, .failed, .head: break steps
        }
    }
    precondition(count <= limit, "more comes than was said")
    if case .length = head.body { precondition(count <= missing && (missing > limit) != isShort) }
}

/// What a parser says of some bytes: heads and their ends, bodies put together, and the failure.
private struct Reading: Equatable {
    private var said: [String] = []
    private var body: [UInt8] = []
    /// Whether a head was given whose request has not ended yet.
    private var isInRequest = false
    /// What the parser said last of the bytes that the body still has.
    private var missing = 0

    init(_ pieces: [[UInt8]], _ limit: Int) {
        var parser = HTTP1Parser(limits: .init(head: 1000, target: 100))
        var input = ByteBuffer()
        for piece in pieces {
            input.writeBytes(piece)
            while self.take(&parser, &input, limit) {}
        }
    }

    /// - Returns: whether there may be more.
    private mutating func take(_ parser: inout HTTP1Parser, _ input: inout ByteBuffer, _ limit: Int) -> Bool {
        let before = input
        let step = parser.next(&input)
        // Between requests only, and not without bytes.
        if self.isInRequest || input.readableBytes == 0 { precondition(!parser.hasBegunHead(input) || step.isEnd) }
        // What is left is the end of what there was.
        let taken = before.readableBytes - input.readableBytes
        precondition(
            taken >= 0 && before.getSlice(at: before.readerIndex + taken, length: input.readableBytes) == input)
        switch step {
        case .needsMore: return false
        case .head(let head):
            precondition(taken > 0 && !self.isInRequest)
            self.isInRequest = true
            if case .length(let count) = head.body { precondition(parser.missingBody == count) }
            self.look(at: head)
            self.body = []
            let mayCome = parser.limitBody(to: limit)
            if case .length(let count) = head.body {
                precondition(mayCome == (count <= limit))
            } else {
                precondition(mayCome)
            }
            self.missing = parser.missingBody
        case .body(let part):
            // A step also takes the line with a chunk's size; the part is the end of what it took.
            let start = before.readerIndex + taken - part.readableBytes
            precondition(self.isInRequest && before.getSlice(at: start, length: part.readableBytes) == part)
            if self.missing > 0 {
                precondition(taken == part.readableBytes && parser.missingBody == self.missing - taken)
            }
            self.missing = parser.missingBody
            precondition(part.readableBytes > 0)
            self.body += part.readableBytesView
            precondition(self.body.count <= limit, "the body is longer than it may be")
        case .end:
            precondition(self.isInRequest && self.missing == 0)
            self.isInRequest = false
            self.said.append("end \(self.body)")
        case .failed(let failure):
            let rest = input
            // Not even a sound request is taken behind it.
            input.writeString("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2 {
                guard case .failed(failure) = parser.next(&input) else { preconditionFailure("another failure") }
            }
            input = rest
            precondition(!parser.dropBody(atMost: .max) && !parser.hasBegunHead(input) && parser.missingBody == 0)
            if self.said.last != "\(failure)" { self.said.append("\(failure)") }
            return false
        }
        return true
    }

    private mutating func look(at head: HTTP1Head) {
        precondition(head.target.utf8.count <= 100 && head.target.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        precondition(head.minorVersion == 0 || head.host != nil)
        let fields = head.fields.all
        precondition(fields.count == head.fields.count)
        let copy = RequestFields(fields)
        precondition(copy.count == fields.count && copy.values("host") == head.fields.values("host"))
        precondition(head.fields.values("host").count <= 1 && copy.first("host") == head.fields.first("host"))
        precondition(zip(copy.all, fields).allSatisfy { $0.name == $1.name && $0.value == $1.value })
        for field in fields {
            precondition(copy.first(named: field.name.uppercased()) == head.fields.first(named: field.name))
            precondition(!field.name.isEmpty && head.fields.first(named: field.name) != nil)
            precondition(!field.value.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f })
        }
        self.said.append(
            "\(head.method) \(head.target) \(head.minorVersion) \(fields) \(head.body) \(head.isPersistent)")
    }
}

extension HTTP1Parser.Step {
    fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzHTTP1_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzHTTP1($0, $1) })
}
