import NIOCore

/// Compares what a client has got with what must come of its requests.
struct FrontVerdict {
    private let plan: FrontPlan
    private var rest: ArraySlice<UInt8>
    /// Answers that came whole.
    private(set) var answered = 0
    private(set) var fault: String?
    /// The last one was cut.
    private(set) var isCut = false

    init(_ plan: FrontPlan, _ received: [UInt8]) {
        self.plan = plan
        self.rest = received[...]
        for request in plan.requests {
            if self.rest.isEmpty { return }
            guard self.take(request) else { return }
            self.answered += 1
            if request.isLast { break }
        }
        if !self.rest.isEmpty { self.fault = "more came than was asked for: \(self.shown)" }
    }

    /// How many requests have come whole, and so must be answered, where all that was sent has arrived.
    static func due(_ plan: FrontPlan) -> Int {
        var sent = plan.cut ?? .max
        var due = 0
        for request in plan.requests {
            sent -= request.bytes.count
            if sent < 0 { break }
            due += 1
            if request.isLast { break }
        }
        return due
    }

    /// What is missing, where all that was sent has arrived and all that was said was read.
    var shortfall: String? {
        let due = Self.due(self.plan)
        // What was asked for in part only may be answered in part.
        if self.isCut, self.answered < due || self.plan.cut == nil { return "an answer was cut" }
        // A refusal need not wait for the body.
        if self.answered == due + 1, self.plan.requests[due].body == .refusal { return nil }
        if self.answered == due { return nil }
        let missing = Self.shown(self.plan.requests[self.answered])
        return "\(self.answered) of \(due) requests were answered; not \(missing)"
    }

    private var shown: String { String(decoding: self.rest.prefix(200), as: UTF8.self).debugDescription }

    private mutating func take(_ request: FrontRequest) -> Bool {
        guard let head = self.takeHead() else { return false }
        if !request.statuses.contains(head.status) {
            self.fault = "\(head.status) in place of \(request.statuses) for \(Self.shown(request))"
            return false
        }
        guard let body = self.takeBody(head, request) else { return false }
        let isRight =
            switch request.body {
            case .exactly(let expected): body == expected
            case .publication: body.starts(with: Array(#"{"id":""#.utf8))
            case .refusal: body.starts(with: Array(#"{"error":{"code":""#.utf8))
            case .none: body.isEmpty
            }
        if !isRight { self.fault = "another body than that of \(Self.shown(request)): \(body.count) bytes" }
        return isRight
    }

    static func shown(_ request: FrontRequest) -> String {
        String(decoding: request.bytes.prefix(120), as: UTF8.self).debugDescription
    }

    private struct Head {
        var status: Int
        var length: Int?
        var isChunked: Bool
    }

    private mutating func takeHead() -> Head? {
        let end = Array("\r\n\r\n".utf8)
        guard let index = self.rest.prefix(4096).indices.first(where: { self.rest[$0...].starts(with: end) }) else {
            self.isCut = true
            return nil
        }
        let lines = String(decoding: self.rest[..<index], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            self.fault = "no answer: \(self.shown)"
            return nil
        }
        self.rest = self.rest[(index + 4)...]
        let value = { (name: String) in
            lines.first { $0.lowercased().hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        return Head(
            status: status, length: value("content-length").flatMap { Int($0) },
            isChunked: value("transfer-encoding") == "chunked")
    }

    private mutating func takeBody(_ head: Head, _ request: FrontRequest) -> [UInt8]? {
        if request.isHead || head.status == 204 { return [] }
        if head.isChunked { return self.takeChunks() }
        guard let length = head.length else {
            self.fault = "no length in the answer to \(Self.shown(request))"
            return nil
        }
        return self.take(length)
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard self.rest.count >= count else {
            self.isCut = true
            self.rest = []
            return nil
        }
        defer { self.rest = self.rest.dropFirst(count) }
        return Array(self.rest.prefix(count))
    }

    private mutating func takeChunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let end = self.rest.firstIndex(of: UInt8(ascii: "\r")) {
            guard let size = Int(String(decoding: self.rest[..<end], as: UTF8.self), radix: 16) else {
                self.fault = "no chunk: \(self.shown)"
                return nil
            }
            self.rest = self.rest[(end + 2)...]
            guard let part = self.take(size), self.take(2) != nil else { return nil }
            if size == 0 { return body }
            body += part
        }
        self.isCut = true
        return nil
    }
}
