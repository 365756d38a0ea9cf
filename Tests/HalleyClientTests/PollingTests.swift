import NIOCore
import Testing

@testable import HalleyClient

@Suite(.timeLimit(.minutes(1))) struct PollingTests {
    /// - Returns: the first events, and the pauses until then.
    private static func events(
        _ transport: ClientTransport, _ count: Int, _ answers: @escaping @Sendable (Int) -> String
    ) async throws -> ([ClientEvent], [Duration]) {
        let pauses = Pauses()
        let script: ScriptedServer.Script = { peer, number in
            try await peer.answer("200 OK", "Connection: close\r\n", answers(number))
        }
        return try await ScriptedServer.run(script) { url in
            var events: [ClientEvent] = []
            // The clock stands: what a test takes is no time.
            let now = ContinuousClock.now
            let client = try HalleyClient(url, pauses: pauses) { $0.now = { now } }
            var iterator = client.subscribe(["a", "b"], transport: transport).makeAsyncIterator()
            while events.count < count, let event = try await iterator.next() { events.append(event) }
            return (events, pauses.all)
        }
    }

    private static func publication(_ number: Int) -> String {
        #"{"id":"e-\#(number)","topic":"a","event":"message","data":\#(number),"time":1}"#
    }

    /// Topics with different reasons: one gap is `gap`, the others are `gaps`.
    @Test(arguments: [ClientTransport.poll, .longpoll]) func tellsEveryGap(_ transport: ClientTransport) async throws {
        let (events, _) = try await Self.events(transport, 4) { _ in
            #"""
            {"cursor":"e-9","messages":[\#(Self.publication(9))],"gap":{"topics":["a"],"after":"e-1","reason":"evicted"},
            "gaps":[{"topics":["b"],"after":"f-2","reason":"epoch"},{"topics":["c"],"after":"e-3","reason":"skipped"}]}
            """#
        }
        let reasons = events.map { event in
            switch event {
            case .gap(let gap): gap.reason + " " + gap.topics.joined()
            case .publication(let publication): publication.id
            case .reconnecting(let reason): reason
            }
        }
        #expect(reasons == ["evicted a", "epoch b", "skipped c", "e-9"])
    }

    /// A server that answers each long poll at once, with nothing, was asked again at once.
    @Test func anEmptyAnswerIsNotAskedForAgainAtOnce() async throws {
        let (_, pauses) = try await Self.events(.longpoll, 1) { number in
            number < 10
                ? #"{"cursor":"e-0","messages":[]}"# : #"{"cursor":"e-1","messages":[\#(Self.publication(1))]}"#
        }
        // The first answer has brought a cursor.
        #expect(pauses == Array(repeating: LongPollSource.shortest, count: 8))
    }

    @Test func whatIsBroughtIsAskedForMoreAtOnce() async throws {
        let (events, pauses) = try await Self.events(.longpoll, 5) { number in
            #"{"cursor":"e-\#(number)","messages":[\#(Self.publication(number))]}"#
        }
        #expect(events.count == 5 && pauses.isEmpty)
    }
}
