#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Finds the lines of bytes that come in pieces: each byte is looked at once, however they are cut.
struct HTTP1Lines {
    typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    /// Where the present line begins, counted from the beginning of the bytes.
    private(set) var start = 0
    /// How far was looked for its end.
    private var seen = 0

    /// - Returns: the next line up to its LF, as far as a line whose LF has not come would reach: what is said of such a one
    ///   can be said of it in the same way. `nil` where the LF has not come yet.
    mutating func next(_ bytes: UnsafeBufferPointer<UInt8>) -> Bytes? {
        guard let end = Self.lineFeed(bytes, from: self.seen) else {
            self.seen = bytes.count
            return nil
        }
        let line = bytes[self.start..<end]
        self.start = end + 1
        self.seen = end + 1
        return line
    }

    /// RFC 9112 §2.2: a bare CR or LF ends nothing here.
    /// - Parameter line: as ``next(_:)`` gives it.
    static func withoutEnd(_ line: Bytes) throws(HTTP1Failure) -> Bytes {
        guard line.last == HTTP1Byte.cr else { throw .malformed(.lineEnd) }
        return line.dropLast()
    }

    private static func lineFeed(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, CInt(HTTP1Byte.lf), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
