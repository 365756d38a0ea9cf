#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Finds the payloads in a stream of bytes, whatever frames them and however it was split.
///
/// Only a payload's stamp and its last byte are looked at; a payload must not be split by framing (an HTTP chunk that ends
/// in its middle).
package struct StampScanner {
    private let size: Int
    /// The beginning of what may be a stamp.
    private var carry: [UInt8] = []
    private var current = Stamp(number: 0, sent: 0)
    /// Bytes of the current payload that are still to come.
    private var left = 0

    /// - Parameter size: bytes of each payload.
    package init(size: Int) { self.size = size }

    /// Tells the stamp of each payload that ends in these bytes; nil where a payload has a wrong end.
    package mutating func scan(_ bytes: UnsafeRawBufferPointer, _ found: (Stamp?) -> Void) {
        var index = 0
        while index < bytes.count {
            if self.left > 0 {
                self.passPayload(bytes, &index, found)
            } else if !self.carry.isEmpty {
                self.fillCarry(bytes, &index)
            } else if !self.seek(bytes, &index) {
                return
            }
        }
    }

    @inline(__always)
    private mutating func passPayload(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ found: (Stamp?) -> Void) {
        let step = min(self.left, bytes.count - index)
        index += step
        self.left -= step
        if self.left == 0 { found(bytes[index - 1] == Stamp.end ? self.current : nil) }
    }

    /// False where nothing more is to be found in these bytes.
    @inline(__always)
    private mutating func seek(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Bool {
        guard let start = bytes.baseAddress, let at = memchr(start + index, Int32(Stamp.mark), bytes.count - index)
        else {
            return false
        }
        index = UnsafeRawPointer(at) - start
        guard index + Stamp.length <= bytes.count else {
            self.carry = Array(bytes[index...])
            return false
        }
        guard let stamp = Stamp(bytes, at: index) else {
            index += 1
            return true
        }
        index += Stamp.length
        self.begin(stamp)
        return true
    }

    private mutating func fillCarry(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) {
        let step = min(Stamp.length - self.carry.count, bytes.count - index)
        self.carry += bytes[index..<index + step]
        index += step
        guard self.carry.count == Stamp.length else { return }
        if let stamp = self.carry.withUnsafeBytes({ Stamp($0, at: 0) }) {
            self.carry = []
            self.begin(stamp)
        } else {
            // What looked like one may hold the beginning of a true one.
            let rest = self.carry.dropFirst().drop { $0 != Stamp.mark }
            self.carry = Array(rest)
        }
    }

    private mutating func begin(_ stamp: Stamp) {
        self.current = stamp
        self.left = self.size - Stamp.length
    }
}
