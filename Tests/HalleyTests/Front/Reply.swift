/// An answer as a client reads it.
struct Reply {
    var status: Int
    /// By name in lower case.
    var headers: [String: String]
    var body: String

    /// The code of a refusal's body.
    var code: String? {
        let mark = #"{"error":{"code":""#
        return self.body.hasPrefix(mark) ? String(self.body.dropFirst(mark.count).prefix { $0 != "\"" }) : nil
    }

    var refusal: Refusal? { self.code.map { Refusal(UInt(self.status), $0) } }
    var isLast: Bool { self.headers["connection"] == "close" }

    /// - Parameter bytes: whole answers; one without `Content-Length` is the last and takes the rest, and those that have
    ///   no body by their status have none (RFC 9112 §6.3).
    static func all(in bytes: [UInt8]) -> [Reply] {
        var replies: [Reply] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard var reply = self.takeHead(&rest) else { return replies }
            let isBare = reply.status == 100 || reply.status == 204 || reply.status == 304
            let length = isBare ? 0 : reply.headers["content-length"].flatMap { Int($0) } ?? rest.count
            reply.body = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
            replies.append(reply)
        }
        return replies
    }

    private static func takeHead(_ rest: inout ArraySlice<UInt8>) -> Reply? {
        let empty = Array("\r\n\r\n".utf8)
        guard let end = rest.indices.first(where: { rest[$0...].starts(with: empty) }) else { return nil }
        let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n")
        rest = rest[(end + 4)...]
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            return nil
        }
        var reply = Reply(status: status, headers: [:], body: "")
        for line in lines.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            reply.headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
        }
        return reply
    }
}
