/// One line of a header or of trailers (RFC 9112 §5).
enum HTTP1FieldLine {
    typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    static func parse(_ line: Bytes) throws(HTTP1Failure) -> (name: Bytes, value: Bytes) {
        // §5.2: a line that begins with a space would be the last one's continuation.
        if let first = line.first, HTTP1Byte.isSpace(first) { throw .malformed(.foldedField) }
        guard let colon = line.firstIndex(where: { !HTTP1Byte.isToken($0) }), colon > line.startIndex,
            line[colon] == UInt8(ascii: ":")
        else { throw .malformed(.fieldName) }
        var value = line[(colon + 1)...]
        while let first = value.first, HTTP1Byte.isSpace(first) { value = value.dropFirst() }
        while let last = value.last, HTTP1Byte.isSpace(last) { value = value.dropLast() }
        for byte in value where !HTTP1Byte.isInValue(byte) {
            throw .malformed(byte == HTTP1Byte.cr || byte == 0 ? .lineEnd : .fieldValue)
        }
        return (line[..<colon], value)
    }
}
