import NIOCore

/// Reads a chunked body (RFC 9112 §7.1). Extensions and trailers are checked, counted and thrown away.
struct HTTP1ChunkReader {
    enum Step: Equatable {
        case needsMore
        case part(ByteBuffer)
        case end
    }

    private enum State {
        case size
        case data(left: Int)
        /// The line end after a chunk's data.
        case dataEnd
        case trailers
    }

    private var state = State.size
    private var lines = HTTP1Lines()
    /// Bytes that the extensions and the trailers together may still have.
    private var room: Int
    /// Bytes that the body may still have.
    private var left: Int

    /// - Parameters:
    ///   - maximumOverhead: bytes of all extensions and trailers together.
    ///   - maximumBody: bytes of all chunks together.
    init(maximumOverhead: Int, maximumBody: Int) {
        self.room = maximumOverhead
        self.left = maximumBody
    }

    /// No more than so many bytes are still taken: what is left of the present chunk, and the chunks behind it.
    /// - Returns: whether what is left of the present chunk is no longer than that.
    mutating func limit(to maximum: Int) -> Bool {
        let present = if case .data(let left) = self.state { left } else { 0 }
        self.left = min(self.left, max(0, maximum - present))
        return present <= maximum
    }

    mutating func next(_ input: inout ByteBuffer) throws(HTTP1Failure) -> Step {
        while true {
            switch self.state {
            case .data(let left):
                guard input.readableBytes > 0, let part = input.readSlice(length: min(left, input.readableBytes)) else {
                    return .needsMore
                }
                self.state = part.readableBytes == left ? .dataEnd : .data(left: left - part.readableBytes)
                return .part(part)
            case .size, .dataEnd, .trailers:
                guard let isLast = try self.readLine(&input) else { return .needsMore }
                if isLast { return .end }
            }
        }
    }

    /// - Returns: whether it was the last line of all; `nil` where it has not come yet.
    private mutating func readLine(_ input: inout ByteBuffer) throws(HTTP1Failure) -> Bool? {
        var failure: HTTP1Failure?
        let isLast = input.withUnsafeReadableBytes { bytes -> Bool? in
            do throws(HTTP1Failure) {
                let bytes = bytes.bindMemory(to: UInt8.self)
                if let line = self.lines.next(bytes) {
                    try self.check(line)
                    return try self.take(HTTP1Lines.withoutEnd(line))
                }
                try self.check(bytes[...])
            } catch {
                failure = error
            }
            return nil
        }
        if let failure { throw failure }
        guard let isLast else { return nil }
        input.moveReaderIndex(forwardBy: self.lines.start)
        self.lines = HTTP1Lines()
        return isLast
    }

    private mutating func take(_ line: HTTP1FieldLine.Bytes) throws(HTTP1Failure) -> Bool {
        switch self.state {
        case .size:
            let (size, digits) = try Self.size(of: line)
            try self.spend(line.count - digits)
            try HTTP1ChunkExtension.check(line.dropFirst(digits))
            if size > UInt64(self.left) { throw .bodyTooLarge }
            self.left -= Int(size)
            self.state = size == 0 ? .trailers : .data(left: Int(size))
        case .dataEnd: self.state = .size
        case .trailers:
            if line.isEmpty { return true }
            try self.spend(line.count)
            _ = try HTTP1FieldLine.parse(line)
        case .data: break
        }
        return false
    }

    private mutating func spend(_ count: Int) throws(HTTP1Failure) {
        self.room -= count
        if self.room < 0 { throw .headTooLarge }
    }

    /// At most 16 digits, of which the first may be naughts.
    private static func size(of line: HTTP1FieldLine.Bytes) throws(HTTP1Failure) -> (size: UInt64, digits: Int) {
        var size: UInt64 = 0
        var digits = 0
        for byte in line {
            guard let digit = HTTP1Byte.hexDigit(byte) else { break }
            digits += 1
            if digits > 16 { throw .malformed(.chunkSize) }
            size = size << 4 | digit
        }
        if digits == 0 { throw .malformed(.chunkSize) }
        return (size, digits)
    }

    /// A line that can be none is refused before its end has come, and one that is too long as well. It is said of a line with
    /// its end too, and before all else: the failure would depend on how the bytes were cut otherwise.
    private func check(_ line: HTTP1Lines.Bytes) throws(HTTP1Failure) {
        switch self.state {
        case .size:
            if let first = line.first, HTTP1Byte.hexDigit(first) == nil { throw .malformed(.chunkSize) }
            // A size has 16 digits at most, and then comes the CR.
            if line.count > self.room + 17 { throw .headTooLarge }
        case .dataEnd:
            if let first = line.first, first != HTTP1Byte.cr || line.count > 1 { throw .malformed(.chunkEnd) }
        case .trailers: if line.count > self.room + 1 { throw .headTooLarge }
        case .data: break
        }
    }
}

/// `;name`, `;name=value` or `;name="quoted value"`, any number of them (RFC 9112 §7.1.1).
enum HTTP1ChunkExtension {
    static func check(_ text: HTTP1FieldLine.Bytes) throws(HTTP1Failure) {
        var rest = text
        while let first = rest.popFirst() {
            guard first == UInt8(ascii: ";"), self.skipToken(&rest) else { throw .malformed(.chunkExtension) }
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst()
            let isQuoted = rest.first == UInt8(ascii: "\"")
            guard isQuoted ? self.skipQuoted(&rest) : self.skipToken(&rest) else { throw .malformed(.chunkExtension) }
        }
    }

    private static func skipToken(_ rest: inout HTTP1FieldLine.Bytes) -> Bool {
        let after = rest.drop { HTTP1Byte.isToken($0) }
        defer { rest = after }
        return after.startIndex > rest.startIndex
    }

    /// RFC 9110 §5.6.4.
    private static func skipQuoted(_ rest: inout HTTP1FieldLine.Bytes) -> Bool {
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst(), HTTP1Byte.isInValue(escaped) else { return false }
            } else if !HTTP1Byte.isInValue(byte) {
                return false
            }
        }
        return false
    }
}
