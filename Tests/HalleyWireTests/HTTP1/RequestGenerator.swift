/// Makes requests at random: whole ones of many kinds, broken ones, and what a mutation makes of them.
struct RequestGenerator {
    private var random: SeededRandom

    init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

    private static let methods = [
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "get", "FOO", "M-SEARCH",
    ]
    private static let targets = [
        "/", "/a?b=c", "/%20", "//x", "*", "http://b.test/x", "https://b.test:1", "a:80", "x", "/a|b{}^", "/é", "/a#b",
    ]
    private static let names = [
        "Host", "X", "Accept", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect",
        "Proxy-Connection", "host", "Cookie", "TE", "Trailer",
    ]
    private static let values = [
        "", "a", "close", "keep-alive", "upgrade", "chunked", "gzip, chunked", "0", "3", "5", "+3", "3, 3", "websocket",
        "100-continue", "a\tb", "\"x\"", "é", " a ", "identity",
    ]
    private static let bytes: [UInt8] = [0, 9, 10, 13, 32, 33, 44, 58, 59, 61, 0x41, 0x7f, 0x80, 0xff]

    /// One to three requests, one behind the other, sometimes not as they should be.
    mutating func next() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &self.random) { bytes += self.request() }
        for _ in 0..<(self.chance(40) ? Int.random(in: 1...3, using: &self.random) : 0) { self.mutate(&bytes) }
        return bytes
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self.random) < percent }
    private mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &self.random)! }

    private mutating func request() -> [UInt8] {
        let isOld = self.chance(10)
        let method = self.chance(70) ? self.pick(["GET", "POST"]) : self.pick(Self.methods)
        let target = self.chance(70) ? self.pick(["/", "/a?b=c"]) : self.pick(Self.targets)
        var head = "\(method) \(target) HTTP/1.\(isOld ? 0 : 1)\r\n"
        if !isOld || self.chance(50) { head += "Host: a\r\n" }
        for _ in 0..<Int.random(in: 0...4, using: &self.random) {
            let isCommon = self.chance(75)
            head +=
                isCommon
                ? "X-\(self.pick(["A", "b"])): \(self.pick(["", "1", "x y", "é"]))\r\n"
                : "\(self.pick(Self.names)): \(self.pick(Self.values))\r\n"
        }
        return Array(head.utf8) + self.body()
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
            let size = self.pick(["", "0", "000"]) + String(part.count, radix: 16)
            bytes += Array((size + self.pick(["", "", ";a", ";a=b", ";a=\"b c\"", " ;a", ";"]) + "\r\n").utf8)
            bytes += part + [13, 10]
            rest = rest.dropFirst(part.count)
        }
        return bytes
            + Array(
                ("0" + self.pick(["", "", ";a"]) + "\r\n" + self.pick(["", "", "T: u\r\n", "T u\r\n"]) + "\r\n").utf8)
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: bytes.indices, using: &self.random)
        switch Int.random(in: 0..<5, using: &self.random) {
        case 0: bytes[index] = Self.bytes.randomElement(using: &self.random)!
        case 1: bytes.insert(Self.bytes.randomElement(using: &self.random)!, at: index)
        case 2: bytes.remove(at: index)
        case 3: bytes[index] = UInt8.random(in: 0...255, using: &self.random)
        default:
            // A piece comes twice.
            let end = min(bytes.count, index + Int.random(in: 1...30, using: &self.random))
            bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: bytes.indices, using: &self.random))
        }
    }

    mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        self.chance(50) ? [bytes] : Pieces.random(of: bytes, using: &self.random)
    }
}
