import HalleyHub
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct IdempotencyTableTests {
    private let eventLoop = EmbeddedEventLoop()
    private let table = IdempotencyTable()

    /// What a request was answered, and whether it was worked on.
    private final class Call {
        var result: Result<String, any Error>?
        var wasRun = false
        var promise: EventLoopPromise<[Cursor]>?

        var text: String? { try? self.result?.get() }

        var refusal: Refusal? {
            guard case .failure(let error as RequestError)? = self.result else { return nil }
            return Refusal(error)
        }
    }

    private struct Failure: Error {}

    private static let one = [Cursor(epoch: 7, sequence: 1)]
    private static let two = [Cursor(epoch: 7, sequence: 2)]
    private static let other = [Cursor(epoch: 7, sequence: 3), Cursor(epoch: 7, sequence: 4)]
    private static let names = [one: "one", two: "two", other: "other"]

    private func call(
        _ key: String = "k", scope: IdempotencyKey.Scope = .key, body: String = "x", uri: String = "/publish?topic=a"
    ) -> Call {
        let call = Call()
        let request = Request.make(.POST, uri, body: body)
        let content = ContentPrint((try? PublishRequestReader.read(request).all) ?? [])
        let future = self.table.once(
            .init(scope: scope, text: key), of: .key, content: content, on: self.eventLoop
        ) {
            call.wasRun = true
            let promise = self.eventLoop.makePromise(of: [Cursor].self)
            call.promise = promise
            return promise.futureResult
        }
        future.assumeIsolated().whenComplete { call.result = $0.map { Self.names[$0] ?? "?" } }
        return call
    }

    @Test func runsAFirstRequest() {
        let first = self.call()
        #expect(first.wasRun)
        #expect(first.result == nil)
        first.promise?.succeed(Self.one)
        #expect(first.text == "one")
    }

    @Test func answersARepeatTheSame() {
        self.call().promise?.succeed(Self.one)
        let repeated = self.call()
        #expect(!repeated.wasRun)
        #expect(repeated.text == "one")
    }

    @Test func letsARepeatWaitForTheFirst() {
        let first = self.call()
        let waiting = [self.call(), self.call()]
        #expect(waiting.allSatisfy { !$0.wasRun && $0.result == nil })
        first.promise?.succeed(Self.one)
        #expect(waiting.map(\.text) == ["one", "one"])
        #expect(first.text == "one")
    }

    static let others = [
        ("y", "/publish?topic=a"), ("x", "/publish?topic=b"), ("x", "/publish?topic=a&topic=b"),
        ("x", "/publish?topic=a&event=e"),
        ("", "/publish?topic=a"),
    ]

    @Test(arguments: others) func refusesAnotherContent(_ body: String, _ uri: String) {
        let first = self.call()
        let meanwhile = self.call(body: body, uri: uri)
        #expect(!meanwhile.wasRun)
        #expect(meanwhile.refusal == Refusal(422, "idempotency_key_reused"))
        first.promise?.succeed(Self.one)
        let later = self.call(body: body, uri: uri)
        #expect(!later.wasRun)
        #expect(later.refusal == Refusal(422, "idempotency_key_reused"))
        #expect(self.call().text == "one")
    }

    /// What is no content of the publication may differ: the credentials, say.
    @Test func comparesTheContentOnly() {
        self.call().promise?.succeed(Self.one)
        #expect(self.call(uri: "/publish?access_token=k&topic=a").text == "one")
    }

    @Test func keepsNoFailure() {
        let first = self.call()
        let waiting = self.call()
        first.promise?.fail(Failure())
        #expect(throws: Failure.self) { try first.result?.get() }
        #expect(throws: Failure.self) { try waiting.result?.get() }
        #expect(self.table.count == 0)
        // Another try is a first one, also with another content.
        let second = self.call(body: "y")
        #expect(second.wasRun)
        second.promise?.succeed(Self.two)
        #expect(self.call(body: "y").text == "two")
    }

    @Test func keepsScopesAndKeysApart() {
        self.call("k", scope: .key).promise?.succeed(Self.one)
        let others = [
            self.call("k", scope: .address("192.0.2.1")), self.call("k", scope: .token("a")),
            self.call("k", scope: .user("a")), self.call("k2"), self.call("K"),
        ]
        #expect(others.allSatisfy { $0.wasRun })
        for other in others { other.promise?.succeed(Self.other) }
        #expect(self.call("k", scope: .key).text == "one")
        #expect(self.table.count == 6)
    }

    static let keys: [(String?, Bool)] = [
        (nil, true), ("a", true), ("!~", true), (String(repeating: "k", count: 255), true),
        (String(repeating: "k", count: 256), false),
        ("", false), ("a b", false), ("é", false), ("a\u{7f}", false), ("a\u{1}", false),
    ]

    @Test(arguments: keys) func readsTheKey(_ value: String?, _ isValid: Bool) throws {
        let request = RequestHead.make(.POST, "/publish", value.map { [("Idempotency-Key", $0)] } ?? [])
        if isValid {
            #expect(try IdempotencyTable.key(of: request) == value)
        } else {
            #expect(Refusal.of { _ = try IdempotencyTable.key(of: request) } == Refusal(400, "idempotency_key_invalid"))
        }
    }
}
