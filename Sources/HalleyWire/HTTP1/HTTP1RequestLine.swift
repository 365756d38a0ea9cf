/// The first line of a request (RFC 9112 §3), without its line end.
struct HTTP1RequestLine: Equatable {
    let method: String
    /// As it came.
    let target: String
    /// Host and port of a target in absolute form; `nil` for other forms.
    let authority: String?
    /// 0 or 1.
    let minorVersion: Int

    /// - Parameter maximumTarget: bytes that the target may have.
    init(_ line: Slice<UnsafeBufferPointer<UInt8>>, maximumTarget: Int) throws(HTTP1Failure) {
        guard let first = line.firstIndex(of: HTTP1Byte.space), HTTP1Byte.isToken(line[..<first]) else {
            throw .malformed(.requestLine)
        }
        let rest = line[(first + 1)...]
        guard let second = rest.firstIndex(of: HTTP1Byte.space) else { throw .malformed(.requestLine) }
        let target = rest[..<second]
        if target.count > maximumTarget { throw .targetTooLong }
        self.method = Self.text(line[..<first])
        self.authority = try Self.authority(of: target, self.method)
        self.target = Self.text(target)
        self.minorVersion = try Self.minorVersion(rest[(second + 1)...])
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private static func text(_ bytes: Bytes) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    /// Which form the target has, and that it is one (§3.2).
    private static func authority(of target: Bytes, _ method: String) throws(HTTP1Failure) -> String? {
        for byte in target where !(0x21...0x7e).contains(byte) || byte == UInt8(ascii: "#") {
            throw .malformed(byte >= 0x80 ? .targetNotEncoded : byte == UInt8(ascii: "#") ? .target : .requestLine)
        }
        guard let first = target.first else { throw .malformed(.requestLine) }
        // What a proxy is asked with is no path: nobody will be there.
        if method == "CONNECT" { return nil }
        if first == UInt8(ascii: "/") { return nil }
        if first == UInt8(ascii: "*"), target.count == 1, method == "OPTIONS" { return nil }
        return try self.absolute(target)
    }

    /// `http://host:port/path?query`
    private static func absolute(_ target: Bytes) throws(HTTP1Failure) -> String {
        for scheme in ["http://", "https://"] as [StaticString] {
            let scheme = UnsafeBufferPointer(start: scheme.utf8Start, count: scheme.utf8CodeUnitCount)
            guard target.count > scheme.count, zip(target, scheme).allSatisfy({ FieldList.lowercased($0) == $1 })
            else { continue }
            let authority = target.dropFirst(scheme.count).prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            // Here a host may not be empty, not even before a port (RFC 9110 §4.2.1).
            guard let first = authority.first, first != UInt8(ascii: ":"), HTTP1Byte.isHost(authority) else { break }
            return self.text(authority)
        }
        throw .malformed(.target)
    }

    private static func minorVersion(_ version: Bytes) throws(HTTP1Failure) -> Int {
        let start = version.startIndex
        guard version.count == 8, version.starts(with: "HTTP/".utf8), HTTP1Byte.isDigit(version[start + 5]),
            version[start + 6] == UInt8(ascii: "."), HTTP1Byte.isDigit(version[start + 7])
        else { throw .malformed(.requestLine) }
        let minor = version[start + 7] - UInt8(ascii: "0")
        guard version[start + 5] == UInt8(ascii: "1"), minor <= 1 else { throw .versionUnsupported }
        return Int(minor)
    }
}
