/// Makes what a client may send, at random: whole requests of many kinds, broken ones, and what mutations and splices make of
/// them.
struct RequestGenerator {
    private var random: SeededRandom

    init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

    private static let methods = [
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "get", "FOO", "M-SEARCH", "SOURCE",
        "PRI",
        "DESCRIBE", "QUERY", "!#$%&'*+.^_`|~9",
    ]
    private static let targets = [
        "/", "/a?b=c", "/%20", "//x", "*", "http://b.test/x", "https://b.test:1", "a:80", "x", "/a|b{}^", "/é", "/a#b",
        "http://[::1]:1/", "HTTP://b?x", "http://b%41/", "http://a,b;c=d&e'(f)*!$+~_.-", "http://:", "http://b:x?y/z?",
        "/\\\"<>`",
        "/\u{7f}", "ftp://a", "?x", "http://a@b/", "https://[", "/???://",
    ]
    private static let names = [
        "Host", "X", "Accept", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect",
        "Proxy-Connection", "host", "Cookie", "TE", "Trailer", "content-length", "TRANSFER-ENCODING", "connection",
        "Con",
        "Content-Lengt", "Content-Length2", "Transfer-Encodin", "Keep-Alive", "X!#$%&'*+.^_`|~", "Content_Length",
    ]
    private static let values = [
        "", "a", "close", "keep-alive", "upgrade", "chunked", "gzip, chunked", "0", "3", "5", "+3", "3, 3", "websocket",
        "100-continue", "a\tb", "\"x\"", "é", " a ", "identity", "Close, TE", "keep-alive,close", "Upgrade, keep-alive",
        "h2c",
        "chunked, chunked", "CHUNKED", "chunked,", ", chunked", "close\t", "\tclose", "close x", "003", "3 ", "3\t",
        "0x3",
        "18446744073709551619", "[::1]:1", "a:80", "a/b", "closed", "xclose", "clos", "a\u{7f}", "chunked\t", "upgrad",
    ]
    /// Lines in which parsers have differed.
    private static let lines = [
        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding:\tchunked\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding\r\n", " chunked\r\n", "Content-Length: 3\n", "X: y\rContent-Length: 3\r\n", "X: y\n", "\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length:\r\n 3\r\n", "X: y\r\n\r\n", ": z\r\n",
        "X:\0\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "\rTransfer-Encoding: chunked\r\n",
        "Connection: Content-Length\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "\u{b}Content-Length: 3\r\n",
    ]
    private static let bytes: [UInt8] = [0, 9, 10, 13, 32, 33, 34, 44, 47, 48, 58, 59, 61, 0x41, 0x7f, 0x80, 0xff]

    /// What one connection sends.
    mutating func next() -> [UInt8] {
        var bytes = self.talk()
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<50: break
        case 50..<78: for _ in 0..<Int.random(in: 1...3, using: &self.random) { self.mutate(&bytes) }
        case 78..<90:
            // The beginning of one talk and the end of another.
            let other = self.talk()
            bytes = Array(bytes.prefix(self.place(in: bytes)) + other.dropFirst(self.place(in: other)))
        default: bytes.removeLast(bytes.count - self.place(in: bytes))
        }
        return bytes
    }

    /// One to three requests, one behind the other, sometimes not as they should be.
    private mutating func talk() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &self.random) { bytes += self.request() }
        return bytes
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self.random) < percent }
    private mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &self.random)! }
    private mutating func place(in bytes: [UInt8]) -> Int { Int.random(in: 0...bytes.count, using: &self.random) }

    private mutating func request() -> [UInt8] {
        let isOld = self.chance(10)
        let method = self.chance(75) ? self.pick(["GET", "POST"]) : self.pick(Self.methods)
        let target = self.chance(75) ? self.pick(["/", "/a?b=c"]) : self.pick(Self.targets)
        var head = self.chance(5) ? "\r\n" : ""
        head +=
            "\(method) \(target) HTTP/\(self.chance(2) ? self.pick(["1.2", "2.0", "0.9", "1.01"]) : isOld ? "1.0" : "1.1")\r\n"
        if !isOld || self.chance(50) { head += "Host: \(self.chance(90) ? "a" : self.pick(Self.values))\r\n" }
        for _ in 0..<Int.random(in: 0...4, using: &self.random) { head += self.field() }
        return Array(head.utf8) + self.body()
    }

    private mutating func field() -> String {
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<70: return "X-\(self.pick(["A", "b"])): \(self.pick(["", "1", "x y", "é"]))\r\n"
        case 70..<80: return "Connection: \(self.pick(["close", "keep-alive", "Upgrade", "TE", "upgrade, TE"]))\r\n"
        case 80..<97:
            let space = self.chance(80) ? " " : self.pick(["", "\t", " \t "])
            return
                "\(self.pick(Self.names)):\(space)\(self.pick(Self.values))\(self.chance(90) ? "" : self.pick([" ", "\t", " \t "]))\r\n"
        default: return self.pick(Self.lines)
        }
    }

    /// The fields that say how long it is, the end of the head, and the body.
    private mutating func body() -> [UInt8] {
        let body = (0..<Int.random(in: 0...20, using: &self.random)).map { UInt8(truncatingIfNeeded: 65 + $0) }
        switch Int.random(in: 0..<4, using: &self.random) {
        case 0: return Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
        case 1: return Array("Transfer-Encoding: chunked\r\n\r\n".utf8) + self.chunks(body)
        default: return Array("\r\n".utf8)
        }
    }

    private mutating func chunks(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...rest.count, using: &self.random))
            let size =
                self.pick(["", "0", "000", "00000000000000"])
                + String(part.count, radix: 16, uppercase: self.chance(50))
            bytes += Array((size + self.chunkExtension() + "\r\n").utf8) + part + [13, 10]
            rest = rest.dropFirst(part.count)
        }
        let trailers =
            self.chance(70)
            ? "" : self.pick(["T: u\r\n", "T: u\r\nContent-Length: 3\r\n", "T u\r\n", "T:\r\n", " T: u\r\n"])
        return bytes + Array((self.pick(["0", "0", "000"]) + self.chunkExtension() + "\r\n" + trailers + "\r\n").utf8)
    }

    private mutating func chunkExtension() -> String {
        if self.chance(70) { return "" }
        return self.chance(70)
            ? self.pick([";a", ";a=b", ";a=\"b c\"", ";a;b=c", ";a=\"\\\"\"", ";a=\"\"", ";a=\"\\\\\"", ";a=\"b\";c"])
            : self.pick([
                " ;a", ";", "; a", ";a=", ";a=\"é\"", ";a=\"\\é\"", ";a=\"\t\"", ";a=\"b\"c", ";=b", " ", ";a=\"\\\t\"",
            ])
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: bytes.indices, using: &self.random)
        switch Int.random(in: 0..<7, using: &self.random) {
        case 0: bytes[index] = Self.bytes.randomElement(using: &self.random)!
        case 1: bytes.insert(Self.bytes.randomElement(using: &self.random)!, at: index)
        case 2: bytes.remove(at: index)
        case 3: bytes[index] = UInt8.random(in: 0...255, using: &self.random)
        case 4: bytes[index] ^= 0x20
        case 5:
            bytes.insert(
                contentsOf: self.pick(Self.lines).utf8, at: bytes[index...].firstIndex(of: 10).map { $0 + 1 } ?? index)
        default:
            // A piece comes twice.
            let end = min(bytes.count, index + Int.random(in: 1...30, using: &self.random))
            bytes.insert(contentsOf: bytes[index..<end], at: self.place(in: bytes))
        }
    }

    mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        self.chance(50) ? [bytes] : Pieces.random(of: bytes, using: &self.random)
    }
}
