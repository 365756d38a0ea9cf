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
    return 0
}

/// What a parser says of some bytes: heads and their ends, bodies put together, and the failure.
private struct Reading: Equatable {
    private var said: [String] = []
    private var body: [UInt8] = []

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
        // What is left is the end of what there was.
        let taken = before.readableBytes - input.readableBytes
        precondition(taken >= 0 && before.readableBytesView.dropFirst(taken).elementsEqual(input.readableBytesView))
        switch step {
        case .needsMore: return false
        case .head(let head):
            self.look(at: head)
            self.body = []
            parser.limitBody(to: limit)
        case .body(let part):
            precondition(part.readableBytes > 0)
            self.body += part.readableBytesView
            precondition(self.body.count <= limit, "the body is longer than it may be")
        case .end: self.said.append("end \(self.body)")
        case .failed(let failure):
            guard case .failed(failure) = parser.next(&input) else { preconditionFailure("another failure") }
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
        for field in fields {
            precondition(!field.name.isEmpty && head.fields.first(named: field.name) != nil)
            precondition(!field.value.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f })
        }
        self.said.append(
            "\(head.method) \(head.target) \(head.minorVersion) \(fields) \(head.body) \(head.isPersistent)")
    }
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
