import NIOCore

@testable import HalleyWire

/// What a parser says of some bytes, in a form that can be compared.
struct ParsedRequests: Equatable, CustomStringConvertible {
    struct Whole: Equatable {
        var method: String
        var target: String
        var minorVersion: Int
        var fields: [String]
        var body: [UInt8]
        /// The head came, but not all of the body.
        var isPartial = false
    }

    var requests: [Whole] = []
    /// Where each whole request ends, counted from the first byte of all.
    var ends: [Int] = []
    /// Whether the connection stays after each request.
    var persists: [Bool] = []
    var failure: HTTP1Failure?
    /// What was not taken, where nothing failed.
    var rest: [UInt8] = []

    init(
        _ pieces: [[UInt8]], head: Int = 16 << 10, target: Int = 8 << 10, body: Int = 1 << 20, most: Int = .max
    ) {
        var parser = HTTP1Parser(limits: .init(head: head, target: target))
        var (input, come) = (ByteBuffer(), 0)
        var isInRequest = false
        for piece in pieces {
            input.writeBytes(piece)
            come += piece.count
            reading: while isInRequest || self.requests.count < most {
                switch parser.next(&input) {
                case .needsMore: break reading
                case .head(let head):
                    isInRequest = true
                    self.begin(head)
                    parser.limitBody(to: body)
                case .body(let part): self.requests[self.requests.count - 1].body += part.readableBytesView
                case .end:
                    isInRequest = false
                    self.requests[self.requests.count - 1].isPartial = false
                    self.ends.append(come - input.readableBytes)
                case .failed(let failure):
                    self.failure = failure
                    return
                }
            }
        }
        self.rest = Array(input.readableBytesView)
    }

    private mutating func begin(_ head: HTTP1Head) {
        self.persists.append(head.isPersistent)
        self.requests.append(
            Whole(
                method: head.method, target: head.target, minorVersion: head.minorVersion,
                fields: head.fields.all.map { "\($0.name)=\($0.value)" }, body: [], isPartial: true))
    }

    var description: String {
        let shown = self.requests.map {
            "\($0.method) \($0.target) 1.\($0.minorVersion) \($0.fields) \($0.body.count)\($0.isPartial ? "…" : "")"
        }
        return "\(shown) \(self.failure.map { "\($0)" } ?? "") ends: \(self.ends) rest: \(self.rest.count)"
    }
}

extension Pieces {
    /// Whole, byte by byte, cut once at every place, and cut at random.
    static func most(of bytes: [UInt8]) -> [[[UInt8]]] { self.all(of: bytes) + self.random(of: bytes, times: 4) }

    /// The same without a cut at every place: for what is long.
    static func some(of bytes: [UInt8]) -> [[[UInt8]]] {
        [[bytes], bytes.map { [$0] }] + self.random(of: bytes, times: 8)
    }

    private static func random(of bytes: [UInt8], times: Int) -> [[[UInt8]]] {
        var random = SeededRandom(seed: UInt64(bytes.count))
        return (0..<times).map { _ in self.random(of: bytes, using: &random) }
    }
}

extension HTTP1Parser {
    /// As a connection would have it, for what is short.
    static var forTests: HTTP1Parser { HTTP1Parser(limits: .init(head: 1000, target: 100)) }
}
