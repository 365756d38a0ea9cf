import HalleyWire
import NIOCore

/// How a server has ended a subscription (`docs/protocol.md` §9).
struct ServerEnd: Equatable {
    /// The protocol's number, or that of a close frame.
    let code: Int
    let reason: String
    let retry: RetryTime?

    /// Those after which a client must stay away: `protocol error`, `message too big`, `not allowed`, and what close frames have
    /// for them. 1008 is `too many commands` as well, but to a client that gives none it means `not allowed`.
    private static let final: Set = [4009, 4010, 4012, 1002, 1003, 1007, 1008, 1009]

    var mayReturn: Bool { !Self.final.contains(self.code) }

    /// The object `end` of the JSON dialects.
    init?(members: [String: JSONReader.Value]) {
        guard let code = members["code"].flatMap({ Int(String(buffer: $0.text)) }) else { return nil }
        self.code = code
        self.reason = members["reason"]?.string ?? ""
        self.retry = members["retry"].flatMap { Int(String(buffer: $0.text)) }.map(RetryTime.init(milliseconds:))
    }

    /// A close frame.
    init(code: UInt16?, reason: String) {
        // RFC 6455 §7.1.5: none in the frame.
        self.code = Int(code ?? 1005)
        self.reason = reason
        self.retry = RetryTime(reason: reason)
    }
}
