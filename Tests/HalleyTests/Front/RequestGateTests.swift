import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct RequestGateTests {
    typealias Case = (headers: [(String, String)], refusal: Refusal?)

    static let heads: [Case] = [
        ([("Host", "example.org")], nil),
        // Bodies come as they are.
        ([("Host", "a"), ("Content-Encoding", "gzip")], Refusal(415, "encoding_unsupported")),
        ([("Host", "a"), ("Content-Encoding", "identity, br")], Refusal(415, "encoding_unsupported")),
        ([("Host", "a"), ("Content-Encoding", "Identity")], nil),
        // RFC 9110 §10.1.1.
        ([("Host", "a"), ("Expect", "100-Continue")], nil),
        ([("Host", "a"), ("Expect", "200-ok")], Refusal(417, "bad_request")),
    ]

    @Test(arguments: heads) func looksAtTheHead(_ case: Case) async throws {
        let gate = try await Self.gate()
        #expect(gate.refusal(of: .make(.POST, "/publish", `case`.headers)).map(Refusal.init) == `case`.refusal)
    }

    @Test func guardsALoopbackAddressAgainstForeignNames() async throws {
        let gate = try await Self.gate(isOnLoopback: true) { $0.allowedHosts = ["push.example.org"] }
        for host in ["localhost:8080", "127.0.0.1", "[::1]:80", "push.example.org"] {
            #expect(gate.refusal(of: .make(.GET, "/", [("Host", host)])) == nil, "\(host)")
        }
        let refusal = gate.refusal(of: .make(.GET, "/", [("Host", "evil.test")]))
        #expect(refusal.map(Refusal.init) == Refusal(421, "host_refused"))
    }

    /// Elsewhere they count where they were given; without, every name does.
    @Test func guardsEveryAddressWhereNamesWereGiven() async throws {
        #expect(try await Self.gate().refusal(of: .make(.GET, "/", [("Host", "evil.test")])) == nil)
        let gate = try await Self.gate { $0.allowedHosts = ["push.example.org"] }
        for host in ["push.example.org", "PUSH.example.org:8080", "localhost"] {
            #expect(gate.refusal(of: .make(.GET, "/", [("Host", host)])) == nil, "\(host)")
        }
        for host in ["evil.test", "push.example.org.evil.test", "192.0.2.1"] {
            let refusal = gate.refusal(of: .make(.GET, "/", [("Host", host)]))
            #expect(refusal.map(Refusal.init) == Refusal(421, "host_refused"), "\(host)")
        }
    }

    @Test func remembersOnlyWhatItHasChecked() async throws {
        var known: String?
        #expect(try await Self.gate().refusal(of: .make(.GET, "/", [("Host", "evil.test")]), knownHost: &known) == nil)
        #expect(known == nil)
        let gate = try await Self.gate(isOnLoopback: true)
        #expect(gate.refusal(of: .make(.GET, "/", [("Host", "localhost")]), knownHost: &known) == nil)
        #expect(known == "localhost")
        #expect(gate.refusal(of: .make(.GET, "/", [("Host", "evil.test")]), knownHost: &known) != nil)
        #expect(known == "localhost")
    }

    @Test func turnsAwayWhatIsOverTheLimit() async throws {
        let gate = try await Self.gate(isOverloaded: true)
        for path in ["/", "/healthz", "/ws", "/publish", "/nothing"] {
            let refusal = try #require(gate.refusal(of: .make(.GET, path)), "\(path)")
            #expect(Refusal(refusal) == Refusal(503, "overloaded"))
            // Spread over one to three times the 3000 ms of `retry`.
            let seconds = refusal.headers.first { $0.0 == "Retry-After" }.flatMap { Int($0.1) }
            #expect((3...9).contains(seconds ?? 0))
        }
        // An `EventSource` doesn't come back from a 503.
        #expect(gate.refusal(of: .make(.GET, "/sse?topic=a")) == nil)
    }

    private static func gate(
        isOnLoopback: Bool = false, isOverloaded: Bool = false, _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> RequestGate {
        RequestGate(server: try await .make(change), isOnLoopback: isOnLoopback, isOverloaded: isOverloaded)
    }
}

extension RequestGate {
    /// With nothing known of earlier requests.
    fileprivate func refusal(of request: RequestHead) -> RequestError? {
        var knownHost: String?
        return self.refusal(of: request, knownHost: &knownHost)
    }
}
