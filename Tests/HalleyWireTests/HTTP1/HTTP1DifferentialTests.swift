import Foundation
import Testing

@testable import HalleyWire

/// Whatever our parser takes, NIO's decoder takes with the same meaning. `HALLEY_DIFFERENTIAL_RUNS` runs it for longer,
/// `HALLEY_SEED` begins elsewhere: run number n of seed s is the first of seed s + n.
@Suite struct HTTP1DifferentialTests {
    private static let runs = Int(ProcessInfo.processInfo.environment["HALLEY_DIFFERENTIAL_RUNS"] ?? "") ?? 10_000
    private static let seed = UInt64(ProcessInfo.processInfo.environment["HALLEY_SEED"] ?? "") ?? 1

    @Test func agreesWithNIO() {
        var (taken, compared) = (0, 0)
        for run in 0..<Self.runs {
            var generator = RequestGenerator(seed: Self.seed &+ UInt64(run))
            let bytes = generator.next()
            let ours = ParsedRequests(generator.pieces(of: bytes))
            if !ours.ends.isEmpty { taken += 1 }
            let comparison = HTTP1Comparison(ours, bytes)
            if comparison.count > 0 { compared += 1 }
            if let difference = comparison.difference {
                Issue.record("seed \(Self.seed), run \(run): \(difference)\n\(Self.escaped(bytes))")
                return
            }
        }
        // Else nothing would have been compared.
        #expect(taken * 10 >= Self.runs * 3)
        #expect(compared * 10 >= Self.runs * 3)
        if Self.runs > 100_000 { print("\(Self.runs) runs: \(taken) with a whole request, \(compared) compared") }
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            switch byte {
            case 0x0d: "\\r"
            case 0x0a: "\\n"
            case 0x5c: "\\\\"
            case 0x20...0x7e: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    // MARK: - What is known to differ

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n"
    private static let next = get + "\r\n"
    private static let chunks = get + "Transfer-Encoding: chunked\r\n\r\n"

    /// Of a difference, a connection that shows it, and how many requests of it ours and NIO's take.
    static let known: [(KnownDifference, String, Int, Int)] = [
        (.method, "FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0), (.method, "get / HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0),
        (.method, "MSEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0),
        (.tabBehindLength, get + "Content-Length: 1\t\r\n\r\na", 1, 0),
        (.tabBehindLength, get + "Content-Length: 1 \t \r\n\r\na", 1, 0),
        (.tabBehindCoding, get + "Transfer-Encoding: chunked\t\r\n\r\n1\r\na\r\n0\r\n\r\n", 1, 1),
        (.tabBehindCoding, get + "Transfer-Encoding: chunked\t \r\n\r\n0\r\n\r\n", 1, 1),
        (.connectTarget, "CONNECT } HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0),
        (.connectTarget, "CONNECT \"a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 1, 0),
        (.trailers, chunks + "0\r\nContent-Length: 1\r\n\r\n", 1, 1),
        (.trailers, chunks + "0\r\nConnection: close\r\n\r\n" + next, 2, 1),
        (.tunnel, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + next, 2, 1),
        (.upgrade, get + "Connection: upgrade\r\nUpgrade: x\r\n\r\n" + next, 2, 1),
        (.closeOfOldClient, "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n" + next, 2, 2),
        (.tabBehindOption, get + "Connection: close\t\r\n\r\n" + next, 2, 2),
        (.close, get + "Connection: close\r\n\r\n" + next, 2, 1), (.close, "GET / HTTP/1.0\r\n\r\n" + next, 2, 1),
        (.proxyConnection, get + "Proxy-Connection: close\r\n\r\n" + next, 2, 1),
        (.proxyConnection, get + "Proxy-Connection: upgrade\r\nUpgrade: x\r\n\r\n" + next, 2, 1),
        (.proxyConnection, "GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n" + next, 2, 2),
    ]

    /// A difference that is none any more is to be struck off the list.
    @Test(arguments: known) func stillDiffers(_ difference: KnownDifference, _ text: String, _ ours: Int, _ theirs: Int)
    {
        let bytes = Array(text.utf8)
        let parsed = ParsedRequests([bytes])
        #expect(parsed.ends.count == ours)
        #expect(NIORequests(bytes).requests.count == theirs)
        let comparison = HTTP1Comparison(parsed, bytes)
        #expect(comparison.difference == nil)
        #expect(comparison.known.contains(difference))
    }

    @Test func showsEachKnownDifference() {
        #expect(Set(Self.known.map(\.0)) == Set(KnownDifference.allCases))
    }

    private typealias Change = (inout ParsedRequests) -> Void

    /// A connection, and what to change in what ours says of it.
    private static func changes() -> [(String, Change)] {
        let body = self.get + "Content-Length: 2\r\n\r\n"
        var changes: [(String, Change)] = []
        changes.append((self.next, { $0.requests[0].target = "/x" }))
        changes.append((self.next, { $0.requests[0].method = "PUT" }))
        changes.append((self.next, { $0.requests[0].minorVersion = 0 }))
        changes.append((self.next, { $0.persists[0] = false }))
        changes.append((self.get + "X: y\r\n\r\n", { $0.requests[0].fields[1] = "X=z" }))
        changes.append((self.get + "X: y\r\nZ: z\r\n\r\n", { $0.requests[0].fields.swapAt(1, 2) }))
        changes.append((body + "ab", { $0.requests[0].body = [97] }))
        changes.append((body + "a", { $0.requests[0].isPartial = false }))
        changes.append((body + "ab", { $0.requests[0].isPartial = true }))
        changes.append((self.next + self.next, { $0.ends[0] -= 1 }))
        changes.append((self.next + self.next, { $0.ends[0] += 1 }))
        changes.append((self.get + "X : y\r\n\r\n", { $0 = ParsedRequests([Array((Self.get + "X: y\r\n\r\n").utf8)]) }))
        return changes
    }

    /// What would be a difference is found to be one.
    @Test func seesDifferences() {
        for (number, (text, change)) in Self.changes().enumerated() {
            var parsed = ParsedRequests([Array(text.utf8)])
            change(&parsed)
            #expect(HTTP1Comparison(parsed, Array(text.utf8)).difference != nil, "change \(number)")
        }
    }
}
