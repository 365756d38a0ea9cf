package import NIOCore

/// Reads the outermost levels of a JSON text: members and elements come as buffers of their own text.
package enum JSONReader {
    /// Of a list of envelopes whose data is as deep as it may be.
    package static let envelopeDepth = JSONScanner.maximumDepth + 3

    /// One value and its text.
    package struct Value: Sendable {
        package let text: ByteBuffer

        package init(text: ByteBuffer) { self.text = text }

        private var first: UInt8? { self.text.getInteger(at: self.text.readerIndex) }

        package var isNull: Bool { self.first == UInt8(ascii: "n") }

        package var string: String? {
            guard self.first == UInt8(ascii: "\"") else { return nil }
            return self.text.withUnsafeReadableBytes { JSONText.decodeString($0) }
        }

        /// `nil` where it is no object. Of members with the same name the last one counts.
        package var object: [String: Value]? {
            guard self.first == UInt8(ascii: "{") else { return nil }
            return try? JSONReader.members(of: self.text)
        }

        /// `nil` where it is no array.
        package var array: [Value]? {
            guard self.first == UInt8(ascii: "[") else { return nil }
            return try? JSONReader.elements(of: self.text)
        }
    }

    /// - Parameter allowsLoneSurrogates: as of ``JSONLine/validated(_:maximumDepth:allowsLoneSurrogates:)``.
    /// - Throws: ``JSONError`` for what is not one JSON value.
    package static func parse(
        _ data: ByteBuffer, maximumDepth: Int = JSONScanner.maximumDepth, allowsLoneSurrogates: Bool = false
    ) throws(JSONError) -> Value {
        Value(
            text: try JSONLine.validated(
                data, maximumDepth: maximumDepth, allowsLoneSurrogates: allowsLoneSurrogates))
    }

    private static func members(of text: ByteBuffer) throws(JSONError) -> [String: Value] {
        var members: [String: Value] = [:]
        try self.scan(text) { (scanner, bytes) throws(JSONError) in
            _ = scanner.take(UInt8(ascii: "{"))
            while !scanner.take(UInt8(ascii: "}")) {
                scanner.skipWhitespace()
                let name = try scanner.string()
                _ = scanner.take(UInt8(ascii: ":"))
                let value = try scanner.value()
                members[JSONText.decodeString(UnsafeRawBufferPointer(rebasing: bytes[name]))] = self.value(value, text)
                _ = scanner.take(UInt8(ascii: ","))
            }
        }
        return members
    }

    private static func elements(of text: ByteBuffer) throws(JSONError) -> [Value] {
        var elements: [Value] = []
        try self.scan(text) { (scanner, _) throws(JSONError) in
            _ = scanner.take(UInt8(ascii: "["))
            while !scanner.take(UInt8(ascii: "]")) {
                elements.append(self.value(try scanner.value(), text))
                _ = scanner.take(UInt8(ascii: ","))
            }
        }
        return elements
    }

    private static func scan(
        _ text: ByteBuffer,
        _ body: (inout JSONScanner, UnsafeRawBufferPointer) throws(JSONError) -> Void
    ) throws(JSONError) {
        let failure: JSONError? = text.withUnsafeReadableBytes { bytes in
            // It was checked when it was parsed.
            var scanner = JSONScanner(bytes, maximumDepth: .max)
            do throws(JSONError) {
                try body(&scanner, bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private static func value(_ range: Range<Int>, _ text: ByteBuffer) -> Value {
        Value(text: text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count)!)
    }
}

extension [String: JSONReader.Value] {
    /// The member of that name; one that is `null` is as if it were left out.
    package func member(_ name: String) -> JSONReader.Value? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }
}
