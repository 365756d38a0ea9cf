/// Walks over JSON text (RFC 8259) without building values: checks it, and finds where its parts lie.
package struct JSONScanner {
    package static let maximumDepth = 64

    private let bytes: UnsafeRawBufferPointer
    private let maximumDepth: Int
    package private(set) var position = 0
    /// Where the first escape of half a surrogate pair without its other half begins. RFC 8259 §8.2 allows it, but no UTF-8
    /// text can hold the string.
    package private(set) var loneSurrogate: Int?

    /// - Parameter bytes: valid UTF-8; must outlive the scanner.
    package init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = Self.maximumDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    package mutating func skipWhitespace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { self.position += 1 }
    }

    package mutating func expectEnd() throws(JSONError) {
        self.skipWhitespace()
        if self.next != nil { throw self.error(.trailingBytes) }
    }

    package mutating func take(_ byte: UInt8) -> Bool {
        self.skipWhitespace()
        guard self.next == byte else { return false }
        self.position += 1
        return true
    }

    /// Walks over one value.
    /// - Returns: where its text lies.
    @discardableResult
    package mutating func value(depth: Int = 1) throws(JSONError) -> Range<Int> {
        self.skipWhitespace()
        let start = self.position
        guard let first = self.next else { throw self.error(.unexpectedEnd) }
        switch first {
        case UInt8(ascii: "{"): try self.object(depth: depth)
        case UInt8(ascii: "["): try self.array(depth: depth)
        case UInt8(ascii: "\""): try self.string()
        case UInt8(ascii: "t"): try self.literal("true")
        case UInt8(ascii: "f"): try self.literal("false")
        case UInt8(ascii: "n"): try self.literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try self.number()
        default: throw self.error(.unexpectedByte)
        }
        return start..<self.position
    }

    /// Walks over one string.
    /// - Returns: where it lies, its quotes included.
    @discardableResult
    package mutating func string() throws(JSONError) -> Range<Int> {
        let start = self.position
        guard self.take(UInt8(ascii: "\"")) else { throw self.unexpected() }
        while let byte = self.next {
            if byte < 0x20 { throw self.error(.controlCharacter) }
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<self.position
            case UInt8(ascii: "\\"): try self.escape()
            default: break
            }
        }
        throw self.error(.unexpectedEnd)
    }

    // MARK: -

    private mutating func object(depth: Int) throws(JSONError) {
        try self.open(depth)
        if self.take(UInt8(ascii: "}")) { return }
        repeat {
            self.skipWhitespace()
            try self.string()
            guard self.take(UInt8(ascii: ":")) else { throw self.unexpected() }
            try self.value(depth: depth + 1)
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "}")) else { throw self.unexpected() }
    }

    private mutating func array(depth: Int) throws(JSONError) {
        try self.open(depth)
        if self.take(UInt8(ascii: "]")) { return }
        repeat { try self.value(depth: depth + 1) } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "]")) else { throw self.unexpected() }
    }

    private mutating func open(_ depth: Int) throws(JSONError) {
        if depth > self.maximumDepth { throw self.error(.tooDeep) }
        self.position += 1
    }

    private mutating func escape() throws(JSONError) {
        switch self.next {
        case UInt8(ascii: "u"):
            let start = self.position - 1
            let unit = try self.codeUnit()
            if UTF16.isTrailSurrogate(unit) || (UTF16.isLeadSurrogate(unit) && !self.takeTrailSurrogate()) {
                self.loneSurrogate = self.loneSurrogate ?? start
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position += 1
        default: throw self.unexpected()
        }
    }

    /// `uXXXX`.
    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        self.position += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = self.next, let value = JSONText.hexValue(digit) else { throw self.unexpected() }
            unit = unit << 4 | value
            self.position += 1
        }
        return unit
    }

    /// The escape of the second half of a pair. Whatever else follows is left for those who walk on.
    private mutating func takeTrailSurrogate() -> Bool {
        guard self.bytes.count - self.position >= 6, self.bytes[self.position] == UInt8(ascii: "\\"),
            self.bytes[self.position + 1] == UInt8(ascii: "u")
        else { return false }
        var unit: UInt16 = 0
        for place in 2..<6 {
            guard let value = JSONText.hexValue(self.bytes[self.position + place]) else { return false }
            unit = unit << 4 | value
        }
        guard UTF16.isTrailSurrogate(unit) else { return false }
        self.position += 6
        return true
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard self.next == text.utf8Start[offset] else { throw self.unexpected() }
            self.position += 1
        }
    }

    private mutating func number() throws(JSONError) {
        if self.next == UInt8(ascii: "-") { self.position += 1 }
        if self.next == UInt8(ascii: "0") { self.position += 1 } else { try self.digits() }
        if self.next == UInt8(ascii: ".") {
            self.position += 1
            try self.digits()
        }
        guard let byte = self.next, byte | 0x20 == UInt8(ascii: "e") else { return }
        self.position += 1
        if let sign = self.next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { self.position += 1 }
        try self.digits()
    }

    private mutating func digits() throws(JSONError) {
        let start = self.position
        while let byte = self.next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { self.position += 1 }
        if self.position == start { throw self.unexpected() }
    }

    private func unexpected() -> JSONError { self.error(self.next == nil ? .unexpectedEnd : .unexpectedByte) }

    private func error(_ code: JSONError.Code) -> JSONError { JSONError(code, at: self.position) }
}

/// Where and why a text is not JSON as we take it.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unexpectedEnd = "it ends too early"
        case unexpectedByte = "unexpected character"
        case controlCharacter = "a control character in a string"
        case trailingBytes = "something follows the value"
        case tooDeep = "it is too deep (more than 64 levels)"
        case notUTF8 = "it is not UTF-8"
        case loneSurrogate = "an escape of half a character (a lone surrogate)"
    }

    public let code: Code
    /// In bytes.
    public let offset: Int

    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "\(self.code.rawValue) at byte \(self.offset)" }
}
