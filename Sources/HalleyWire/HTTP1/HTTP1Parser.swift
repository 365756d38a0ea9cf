package import NIOCore

/// Reads the requests of an HTTP/1 connection (RFC 9112), one at a time and only as far as it is asked: what it has not been
/// asked for stays in the buffer as bytes, and what it has taken is gone from it.
///
/// A head and a line are taken whole or not at all; each byte is looked at a fixed number of times, however the bytes are cut.
package struct HTTP1Parser: Sendable {
    package struct Limits: Sendable {
        /// Bytes of the request line and the fields, line ends included.
        package var head: Int
        /// Bytes of the target.
        package var target: Int

        package init(head: Int, target: Int) {
            self.head = head
            self.target = target
        }
    }

    package enum Step: Sendable {
        /// Nothing more can be said before more bytes have come.
        case needsMore
        case head(HTTP1Head)
        /// A part of the body, at least one byte.
        case body(ByteBuffer)
        /// The request is whole; the next bytes are those of another one, or of another protocol.
        case end
        /// Said once more at each further call.
        case failed(HTTP1Failure)
    }

    private enum State {
        case head
        /// The head was given; how much of the body may come is not said yet.
        case beforeBody(HTTP1Head.Body)
        case length(left: Int)
        case chunks
        case end
        case failed(HTTP1Failure)
    }

    private let limits: Limits
    private var state = State.head
    // They lie beside the state, so that what they have gathered is not moved about with it.
    private var head: HTTP1HeadReader
    private var chunks = HTTP1ChunkReader(maximumOverhead: 0, maximumBody: 0)

    package init(limits: Limits) {
        self.limits = limits
        self.head = HTTP1HeadReader(limits)
    }

    /// Whether a head has begun to come that is not whole yet.
    package func hasBegunHead(_ input: ByteBuffer) -> Bool {
        if case .head = self.state { self.head.hasBegun(input) } else { false }
    }

    /// Bytes of the body that were not taken yet, as far as the head says; 0 where it does not.
    package var missingBody: Int {
        switch self.state {
        case .beforeBody(.length(let count)): count
        case .length(let left): left
        case .head, .beforeBody, .chunks, .end, .failed: 0
        }
    }

    /// Says how many bytes the body may have: to be called between the head and what follows it. Not called: any number.
    /// - Returns: `false` where it says already that it will be longer.
    @discardableResult
    package mutating func limitBody(to maximum: Int) -> Bool {
        guard case .beforeBody(let body) = self.state else { return true }
        switch body {
        case .none: self.state = .end
        case .length(let count): self.state = count > maximum ? .failed(.bodyTooLarge) : .length(left: count)
        case .chunked:
            self.state = .chunks
            self.chunks = HTTP1ChunkReader(maximumOverhead: self.limits.head, maximumBody: maximum)
        }
        return if case .failed = self.state { false } else { true }
    }

    /// What is left of the body is of no use.
    /// - Returns: whether it is at most so long, as far as it says, so that it may be read and thrown away. Chunks that come to
    ///   more fail then.
    package mutating func dropBody(atMost maximum: Int) -> Bool {
        switch self.state {
        case .beforeBody:
            self.limitBody(to: maximum)
            return self.dropBody(atMost: maximum)
        case .length(let left): return left <= maximum
        case .chunks: return self.chunks.limit(to: maximum)
        case .head, .end: return true
        case .failed: return false
        }
    }

    /// - Parameter input: what has come and was not taken yet. What the step says is taken from its front.
    package mutating func next(_ input: inout ByteBuffer) -> Step {
        do throws(HTTP1Failure) {
            return try self.step(&input)
        } catch {
            self.state = .failed(error)
            return .failed(error)
        }
    }

    private mutating func step(_ input: inout ByteBuffer) throws(HTTP1Failure) -> Step {
        switch self.state {
        case .head:
            guard let head = try self.head.next(&input) else { return .needsMore }
            self.head.reset()
            self.state = .beforeBody(head.body)
            return .head(head)
        case .beforeBody:
            self.limitBody(to: .max)
            return try self.step(&input)
        case .length(let left):
            if left == 0 { return self.finish() }
            guard input.readableBytes > 0, let part = input.readSlice(length: min(left, input.readableBytes)) else {
                return .needsMore
            }
            self.state = .length(left: left - part.readableBytes)
            return .body(part)
        case .chunks:
            switch try self.chunks.next(&input) {
            case .needsMore: return .needsMore
            case .part(let part): return .body(part)
            case .end: return self.finish()
            }
        case .end: return self.finish()
        case .failed(let failure): throw failure
        }
    }

    private mutating func finish() -> Step {
        self.state = .head
        return .end
    }
}
