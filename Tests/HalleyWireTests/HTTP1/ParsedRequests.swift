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
    var failure: HTTP1Failure?
    /// What was not taken.
    var rest: [UInt8] = []

    init(
        _ pieces: [[UInt8]], head: Int = 16 << 10, target: Int = 8 << 10, body: Int = 1 << 20, most: Int = .max
    ) {
        var parser = HTTP1Parser(limits: .init(head: head, target: target))
        var input = ByteBuffer()
        var isInRequest = false
        for piece in pieces {
            input.writeBytes(piece)
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
                case .failed(let failure):
                    self.failure = failure
                    return
                }
            }
        }
        self.rest = Array(input.readableBytesView)
    }

    private mutating func begin(_ head: HTTP1Head) {
        self.requests.append(
            Whole(
                method: head.method, target: head.target, minorVersion: head.minorVersion,
                fields: head.fields.all.map { "\($0.name)=\($0.value)" }, body: [], isPartial: true))
    }

    var description: String {
        let shown = self.requests.map {
            "\($0.method) \($0.target) 1.\($0.minorVersion) \($0.fields) \($0.body.count)\($0.isPartial ? "…" : "")"
        }
        return "\(shown) \(self.failure.map { "\($0)" } ?? "") rest: \(self.rest.count)"
    }
}
