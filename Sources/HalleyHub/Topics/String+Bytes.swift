#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension String {
    /// By bytes, as many at a time as the machine can: `hasPrefix` compares canonical equivalents, and a walk over two
    /// views of UTF-8 takes them one by one.
    func beginsWithBytes(of prefix: String) -> Bool {
        let isPrefix = self.utf8.withContiguousStorageIfAvailable { own in
            prefix.utf8.withContiguousStorageIfAvailable { prefix in
                guard own.count >= prefix.count, let start = own.baseAddress, let other = prefix.baseAddress else {
                    return prefix.isEmpty
                }
                return start == other || memcmp(start, other, prefix.count) == 0
            }
        }
        // What another language made need not lie in a row.
        return isPrefix.flatMap(\.self) ?? self.utf8.starts(with: prefix.utf8)
    }

    func precedesByBytes(_ other: String) -> Bool {
        let precedes = self.utf8.withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { other in
                let common = min(own.count, other.count)
                guard let start = own.baseAddress, let second = other.baseAddress, common > 0 else {
                    return own.count < other.count
                }
                let order = memcmp(start, second, common)
                return order == 0 ? own.count < other.count : order < 0
            }
        }
        return precedes.flatMap(\.self) ?? self.utf8.lexicographicallyPrecedes(other.utf8)
    }
}
