import NIOCore

/// Reads the head of a request, line by line as the bytes come. They stay in their buffer until the head is whole.
struct HTTP1HeadReader {
    private let limits: HTTP1Parser.Limits
    private var lines = HTTP1Lines()
    private var line: HTTP1RequestLine?
    private var places: [RequestFields.Place] = []
    private var known = HTTP1KnownFields()

    init(_ limits: HTTP1Parser.Limits) { self.limits = limits }

    /// Whether more than the empty lines before a head has come.
    func hasBegun(_ input: ByteBuffer) -> Bool { input.readableBytes > (self.line == nil ? self.lines.start : 0) }

    /// For the next head.
    mutating func reset() {
        self.lines = HTTP1Lines()
        self.line = nil
        self.places.removeAll(keepingCapacity: true)
        self.known = HTTP1KnownFields()
    }

    /// - Returns: `nil` where more bytes are needed.
    mutating func next(_ input: inout ByteBuffer) throws(HTTP1Failure) -> HTTP1Head? {
        // No `Result`: its generic form would be made at run time, for each head.
        var failure: HTTP1Failure?
        let head = input.withUnsafeReadableBytes { bytes -> HTTP1Head? in
            do throws(HTTP1Failure) {
                return try self.read(bytes.bindMemory(to: UInt8.self))
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        if head != nil { input.moveReaderIndex(forwardBy: self.lines.start) }
        return head
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTP1Failure) -> HTTP1Head? {
        while let line = self.lines.next(bytes) {
            try self.check(line)
            let line = try HTTP1Lines.withoutEnd(line)
            if self.line == nil, !line.isEmpty {
                self.line = try HTTP1RequestLine(line, maximumTarget: self.limits.target)
                continue
            }
            if self.lines.start > self.limits.head { throw .headTooLarge }
            // RFC 9112 §2.2: empty lines before a request are no part of it.
            guard let requestLine = self.line else { continue }
            if line.isEmpty { return try HTTP1Head(requestLine, self.fields(bytes), self.known) }
            try self.add(line)
        }
        try self.check(bytes[self.lines.start...])
        return nil
    }

    private mutating func add(_ line: HTTP1FieldLine.Bytes) throws(HTTP1Failure) {
        let (name, value) = try HTTP1FieldLine.parse(line)
        try self.known.add(name, value)
        if self.places.capacity == 0 { self.places.reserveCapacity(12) }
        self.places.append(
            RequestFields.Place(
                name: Int32(name.startIndex)..<Int32(name.endIndex),
                value: Int32(value.startIndex)..<Int32(value.endIndex)))
    }

    private func fields(_ bytes: UnsafeBufferPointer<UInt8>) -> RequestFields {
        RequestFields(bytes: Array(bytes[..<self.lines.start]), places: self.places)
    }

    /// What can be said of a line before its end has come. It is said of a line with its end too, and before all else: the
    /// failure would depend on how the bytes were cut otherwise.
    private func check(_ line: HTTP1Lines.Bytes) throws(HTTP1Failure) {
        guard self.line == nil else {
            if line.endIndex > self.limits.head { throw .headTooLarge }
            return
        }
        // Not HTTP at all, and so maybe never a line: a TLS client, say.
        if let first = line.first, first != HTTP1Byte.cr, !HTTP1Byte.isToken(first) {
            throw .malformed(.requestLine)
        }
        // It has the method and the version too.
        let end = line.startIndex + self.limits.target + 32
        if line.endIndex > min(end, self.limits.head) {
            throw end <= self.limits.head ? .targetTooLong : .headTooLarge
        }
    }
}
