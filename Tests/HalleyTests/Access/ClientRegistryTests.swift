import HalleyHub
import Testing

@testable import Halley

@Suite struct ClientRegistryTests {
    private let registry = ClientRegistry()

    /// The id that the claim proves; `nil` where it proves nothing.
    private func proven(_ query: String) throws -> ClientID? {
        if case .proven(let id) = try self.registry.claim(of: RequestTarget("/poll?" + query)) { id } else { nil }
    }

    @Test func knowsItsOwnAgain() throws {
        let credentials = self.registry.issue()
        #expect(try self.proven("client=\(credentials.id)&secret=\(credentials.secret)") == credentials.id)
    }

    /// 144 bits in base64.
    @Test func issuesSecretsThatCannotBeGuessed() {
        let secrets = (0..<100).map { _ in self.registry.issue().secret }
        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.utf8.count == 24 })
    }

    @Test func aSecretThatIsEmptyCutOrLengthenedProvesNothing() throws {
        let credentials = self.registry.issue()
        let secret = credentials.secret
        var others = ["", secret + "A", secret + secret, "A" + secret, String(secret.reversed())]
        for count in 1..<secret.count {
            others.append(String(secret.prefix(count)))
            others.append(String(secret.suffix(count)))
        }
        for index in secret.indices {
            var changed = secret
            changed.replaceSubrange(index...index, with: secret[index] == "A" ? "B" : "A")
            others.append(changed)
        }
        for other in others where other != secret {
            #expect(try self.proven("client=\(credentials.id)&secret=\(other)") == nil, "\(other)")
        }
        #expect(try self.proven("client=\(credentials.id)") == nil)
    }

    @Test func aSecretOfAnotherProvesNothing() throws {
        let (one, other) = (self.registry.issue(), self.registry.issue())
        #expect(try self.proven("client=\(one.id)&secret=\(other.secret)") == nil)
        // Nor does one of another process.
        let foreign = ClientRegistry().credentials(of: one.id)
        #expect(try self.proven("client=\(one.id)&secret=\(foreign.secret)") == nil)
    }

    @Test func whoProvesNothingGetsAnIdOfItsOwn() throws {
        let credentials = self.registry.issue()
        for query in ["client=new", "client=\(credentials.id)&secret=x", "client=\(credentials.id)&secret="] {
            guard case .issued(let issued) = try self.registry.claim(of: RequestTarget("/poll?" + query)) else {
                Issue.record("no id was issued for \(query)")
                continue
            }
            #expect(issued.id != credentials.id)
        }
        guard case .none = try self.registry.claim(of: RequestTarget("/poll?topic=a")) else {
            Issue.record("an id was issued that nobody asked for")
            return
        }
    }
}
