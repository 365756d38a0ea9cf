/// One line of a header or of trailers (RFC 9112 §5).
enum HTTP1FieldLine {
    typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    static func parse(_ line: Bytes) throws(HTTP1Failure) -> (name: Bytes, value: Bytes) {
        let (bytes, start) = (line.base, line.startIndex)
        var end = line.endIndex
        // §5.2: a line that begins with a space would be the last one's continuation.
        if start < end, HTTP1Byte.isSpace(bytes[start]) { throw .malformed(.foldedField) }
        var colon = start
        while colon < end, HTTP1Byte.isToken(bytes[colon]) { colon += 1 }
        guard colon > start, colon < end, bytes[colon] == UInt8(ascii: ":") else { throw .malformed(.fieldName) }
        var value = colon + 1
        while value < end, HTTP1Byte.isSpace(bytes[value]) { value += 1 }
        while value < end, HTTP1Byte.isSpace(bytes[end - 1]) { end -= 1 }
        for index in value..<end where !HTTP1Byte.isInValue(bytes[index]) {
            throw .malformed(bytes[index] == HTTP1Byte.cr || bytes[index] == 0 ? .lineEnd : .fieldValue)
        }
        return (bytes[start..<colon], bytes[value..<end])
    }
}
