import HalleySimulation

/// One request, and what must come of it.
struct FrontRequest {
    enum Body: Equatable {
        case exactly([UInt8])
        /// An id in an answer to a publication.
        case publication
        /// The reason is said in words.
        case refusal
        case none
    }

    var bytes: [UInt8]
    var statuses: Set<Int>
    var body: Body
    /// The answer has no body, as the request was a HEAD.
    var isHead = false
    /// Nothing that follows on the connection is answered.
    var isLast = false
    /// What it publishes.
    var publishes: String?

    /// - Parameter statuses: one of them comes.
    init(_ text: String, _ statuses: Set<Int>, _ body: Body, isLast: Bool = false) {
        self.bytes = Array(text.utf8)
        self.statuses = statuses
        self.body = body
        self.isLast = isLast
    }
}

/// What a client of the laws does: requests, valid and broken, of all kinds, and how they are cut.
struct FrontPlan {
    enum Step {
        case send([UInt8])
        /// The client reads no more, or goes on reading.
        case pause
        case resume
        /// Some time goes by.
        case wait
    }

    var requests: [FrontRequest] = []
    var steps: [Step] = []
    /// After so many bytes nothing more is sent; nil: all is.
    var cut: Int?
    /// At the end the client closes its half, or goes without a word.
    var halfCloses = false
    var vanishes = false

    let topic: String
    private var random: SeededRandom

    /// - Parameter topic: the client's own, for what it publishes.
    init(seed: UInt64, topic: String) {
        self.topic = topic
        self.random = SeededRandom(seed: seed)
        for _ in 0..<self.random.pick(1...12) {
            let request = self.request()
            self.requests.append(request)
            // What follows the last must not be answered: mostly there is something.
            if request.isLast, self.random.chance(30) { break }
        }
        let bytes = self.requests.flatMap(\.bytes)
        if self.random.chance(15) { self.cut = self.random.below(bytes.count + 1) }
        self.halfCloses = self.random.chance(30)
        self.vanishes = self.random.chance(10)
        self.cutIntoSteps(bytes.prefix(self.cut ?? bytes.count))
    }

    private mutating func cutIntoSteps(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        // Byte by byte only where that is soon over; no more than one read of a socket brings.
        let longest = rest.count > 5000 ? self.random.pick([5000, 65_536]) : self.random.pick([1, 7, 100, 5000])
        while !rest.isEmpty {
            let piece = rest.prefix(self.random.pick(max(1, longest / 10)...longest))
            self.steps.append(.send(Array(piece)))
            rest = rest.dropFirst(piece.count)
            if self.random.chance(5) { self.steps.append(self.random.pick([.pause, .resume, .wait, .wait])) }
        }
    }

    var summary: String {
        let lines = self.requests.map { String(decoding: $0.bytes.prefix { $0 != 13 }, as: UTF8.self) }
        let ends = [
            self.cut.map { "cut at \($0)" }, self.halfCloses ? "half-closes" : nil, self.vanishes ? "vanishes" : nil,
        ]
        return "\(lines) in \(self.steps.count) steps \(ends.compactMap { $0 })"
    }

    // MARK: - Requests

    private static let key = "Authorization: Bearer the-key\r\n"

    private mutating func request() -> FrontRequest {
        switch self.random.below(18) {
        case 0...2: FrontRequest(self.line("GET /healthz"), [200], .exactly(Array("ok".utf8)))
        case 3: self.head()
        case 4: FrontRequest(self.line("OPTIONS \(self.random.pick(["/publish", "*", "/echo"]))"), [204], .none)
        case 5: FrontRequest(self.line("GET /nothing"), [404], .refusal)
        case 6: FrontRequest(self.line("PUT /healthz", "Content-Length: 3\r\n") + "abc", [405], .refusal)
        case 7, 8: self.publication()
        case 9: FrontRequest(self.line("POST /publish?topic=x", "Content-Length: 2\r\n") + "no", [401], .refusal)
        case 10, 11: self.echo()
        case 12: FrontRequest(self.line("GET /late"), [200], .exactly(Array("late".utf8)))
        case 13: self.big()
        case 14: FrontRequest(self.line("GET /healthz", "Connection: upgrade\r\n"), [200], .exactly(Array("ok".utf8)))
        case 15: self.last()
        case 16: self.broken()
        default: FrontRequest("\r\n" + self.line("DELETE /nothing"), [404], .refusal)
        }
    }

    private mutating func line(_ line: String, _ headers: String = "") -> String {
        let extra = self.random.pick(["", "X: y\r\n", "Accept: */*\r\nProxy-Connection: close\r\n", "Upgrade: h2c\r\n"])
        return "\(line) HTTP/1.1\r\nHost: localhost\r\n\(headers)\(extra)\r\n"
    }

    private mutating func head() -> FrontRequest {
        var request = FrontRequest(
            self.line("HEAD \(self.random.pick(["/healthz", "/sse?topic=a", "/longpoll?topic=a"]))"), [200], .none)
        request.isHead = true
        return request
    }

    private mutating func publication() -> FrontRequest {
        let text = "\(self.requests.count) " + String(repeating: "p", count: self.random.below(200))
        var request = FrontRequest(
            self.line("POST /publish?topic=\(self.topic)", Self.key + "Content-Type: text/plain\r\n" + "#"), [200],
            .publication)
        request.bytes = self.withBody(request.bytes, Array(text.utf8))
        request.publishes = text
        return request
    }

    private mutating func echo() -> FrontRequest {
        let size = self.random.pick([0, 1, 300, 70_000, 300_000])
        let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var request = FrontRequest(
            self.line("\(self.random.pick(["POST", "PUT", "DELETE"])) /echo", "#"), [200], .exactly(data))
        request.bytes = self.withBody(request.bytes, data)
        return request
    }

    /// Puts the framing in place of the mark, and the body behind the head.
    private mutating func withBody(_ head: [UInt8], _ body: [UInt8]) -> [UInt8] {
        let mark = head.firstIndex(of: UInt8(ascii: "#"))!
        let isChunked = self.random.chance(50)
        let framing = isChunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: \(body.count)\r\n"
        let before = Array(head[..<mark]) + Array(framing.utf8) + Array(head[(mark + 1)...])
        return before + (isChunked ? self.chunked(body) : body)
    }

    private mutating func chunked(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(self.random.pick(1...max(1, body.count)))
            bytes += Array((String(part.count, radix: 16) + self.random.pick(["", ";a", ";a=b"]) + "\r\n").utf8)
            bytes += Array(part) + [13, 10]
            rest = rest.dropFirst(part.count)
        }
        return bytes + Array(("0\r\n" + self.random.pick(["", "X: y\r\n"]) + "\r\n").utf8)
    }

    private mutating func big() -> FrontRequest {
        let size = self.random.pick([10_000, 200_000, 1_000_000])
        return FrontRequest(
            self.line("GET /big?size=\(size)"), [200], .exactly(Array(repeating: UInt8(ascii: "x"), count: size)))
    }

    private mutating func last() -> FrontRequest {
        let ok = FrontRequest.Body.exactly(Array("ok".utf8))
        return self.random.pick([
            FrontRequest(self.line("GET /healthz", "Connection: close\r\n"), [200], ok, isLast: true),
            FrontRequest("GET /healthz HTTP/1.0\r\n\r\n", [200], ok, isLast: true),
            FrontRequest(
                self.line("POST /nothing", "Content-Length: 100000000\r\n"), [404], .refusal, isLast: true),
            FrontRequest(
                self.line("POST /nothing", "Expect: 100-continue\r\nContent-Length: 5\r\n"), [404], .refusal,
                isLast: true),
        ])
    }

    private mutating func broken() -> FrontRequest {
        let texts: [(String, Set<Int>)] = [
            ("GET /healthz HTTP/1.1\nHost: a\r\n\r\n", [400]), ("GET /healthz HTTP/1.1\r\n\r\n", [400]),
            ("GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400]), ("\u{16}\u{3}\u{1}\u{2}\u{0}", [400]),
            ("GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n", [505]),
            ("GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", [400]),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", [400]),
            ("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", [400]),
            ("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", [501]),
            ("GET /h\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
            (
                "POST /publish?topic=a HTTP/1.1\r\nHost: localhost\r\n\(Self.key)Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                [400]
            ),
            ("POST /publish?topic=a HTTP/1.1\r\nHost: localhost\r\n\(Self.key)Content-Length: 9999999\r\n\r\n", [413]),
        ]
        let (text, statuses) = self.random.pick(texts)
        return FrontRequest(text, statuses, .refusal, isLast: true)
    }
}
