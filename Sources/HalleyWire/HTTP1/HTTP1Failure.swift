/// Why a request is none, or is refused by its grammar alone (RFC 9112). Nothing that follows it can be read.
package enum HTTP1Failure: Error, Equatable, Sendable {
    case malformed(HTTP1Fault)
    /// The target is longer than it may be.
    case targetTooLong
    /// The line and the fields together are longer than they may be; or the trailers, or the extensions of the chunks.
    case headTooLarge
    /// The body is longer than it may be, or says that it will be.
    case bodyTooLarge
    /// Neither HTTP/1.0 nor HTTP/1.1.
    case versionUnsupported
    /// A transfer coding besides `chunked`.
    case codingUnsupported
}

/// What is malformed, in words that follow “The request is malformed: ”.
package enum HTTP1Fault: String, Sendable, CaseIterable {
    case requestLine = "its first line must be “METHOD target HTTP/1.1”"
    case target = "the target must be a path that begins with “/”, or a whole address"
    case targetNotEncoded = "the address has bytes that are not ASCII: percent-encode it"
    case lineEnd = "each line must end with CR LF, and have no CR, LF or NUL inside"
    case fieldName = "a field must be “Name: value”, without a space before the colon"
    case fieldValue = "a field's value has a control character"
    case foldedField = "a field must stand on one line"
    case host = "it needs exactly one Host field, a host with or without port"
    case contentLength = "Content-Length must be one whole number"
    case lengthAndCoding = "it has both Content-Length and Transfer-Encoding"
    case codingNotChunked = "the last transfer coding must be “chunked”, and that once only"
    case codingOfOldClient = "an HTTP/1.0 request has no Transfer-Encoding"
    case chunkSize = "a chunk must begin with its size in hexadecimal digits"
    case chunkExtension = "the extension of a chunk is not “;name” or “;name=value”"
    case chunkEnd = "a chunk must end with CR LF after as many bytes as it said"
}
