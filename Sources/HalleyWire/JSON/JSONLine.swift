package import NIOCore

/// JSON as it is stored: valid, at most 64 deep, its strings text, without a line end, so that it can be embedded in any frame.
package enum JSONLine {
    /// - Returns: the same bytes where they hold no line end and no white space around; else the value without white
    ///   space between its tokens.
    /// - Parameter allowsLoneSurrogates: strings may hold what is no text; it is read as U+FFFD.
    /// - Throws: ``JSONError``.
    package static func validated(
        _ data: ByteBuffer, maximumDepth: Int = JSONScanner.maximumDepth, allowsLoneSurrogates: Bool = false
    ) throws(JSONError) -> ByteBuffer {
        guard UTF8Validator.isValid(data.readableBytesView) else { throw JSONError(.notUTF8, at: 0) }
        let checked: Result<(range: Range<Int>, hasLineEnd: Bool), JSONError> = data.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
            do throws(JSONError) {
                let range = try scanner.value()
                try scanner.expectEnd()
                if let offset = scanner.loneSurrogate, !allowsLoneSurrogates {
                    throw JSONError(.loneSurrogate, at: offset)
                }
                // Strings can't hold raw line ends: each one lies between tokens.
                return .success((range, bytes[range].contains { $0 == 0x0a || $0 == 0x0d }))
            } catch {
                return .failure(error)
            }
        }
        let (range, hasLineEnd) = try checked.get()
        let value = data.getSlice(at: data.readerIndex + range.lowerBound, length: range.count)!
        return hasLineEnd ? self.withoutWhitespace(value) : value
    }

    private static func withoutWhitespace(_ value: ByteBuffer) -> ByteBuffer {
        var line = ByteBuffer()
        line.reserveCapacity(value.readableBytes)
        var isInString = false
        var isEscaped = false
        for byte in value.readableBytesView {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
                continue
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
            line.writeInteger(byte)
        }
        return line
    }
}
