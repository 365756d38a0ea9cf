import HalleyHub
import NIOCore
import Testing

@testable import Halley

/// `docs/protocol.md` §11.
@Suite struct CommandReaderTests {
    private static let id = "4f9c1b7a2e8d3056-128"

    typealias Topics = (command: String, topics: [String])

    /// Named twice, a topic counts once, and `null` is as if it were left out.
    static let commands: [Topics] = [
        (#""subscribe":[{"topic":"a"},{"topic":"b","cursor":null},{"topic":"a","cursor":""}]"#, ["a now", "b now"]),
        (#""subscribe":[{"topic":"a","cursor":"\#(id)"},{"topic":"a","cursor":"\#(id)"}]"#, ["a after \(id)"]),
        (#""unsubscribe":["a","b","a"]"#, ["a", "b"]),
        (#""history":{"topics":["b","a","b"],"cursor":null,"limit":null}"#, ["b earliest", "a earliest"]),
        (#""history":{"topics":["a"],"cursor":""}"#, ["a earliest"]),
        (#""publish":{"topic":"a","topics":["b","a"],"event":null,"key":null,"data":1}"#, ["a", "b"]),
        (#""presence":{"topic":"a","limit":null}"#, ["a"]),
    ]

    @Test(arguments: commands) func readsTopics(_ command: Topics) throws {
        let read = try CommandReader.read(ByteBuffer(string: #"{"id":1,\#(command.command)}"#))
        #expect(Self.topics(of: read.body) == command.topics)
    }

    @Test func knowsHundredTopicsHoweverOftenTheyAreNamed() throws {
        func subscribe(_ count: Int) -> ByteBuffer {
            let entries = (0..<2 * count).map { #"{"topic":"t\#($0 % count)"}"# }
            return ByteBuffer(string: #"{"id":1,"subscribe":[\#(entries.joined(separator: ","))]}"#)
        }
        #expect(Self.topics(of: try CommandReader.read(subscribe(100)).body).count == 100)
        #expect(Self.failure(of: subscribe(101))?.error.code == "too_many_topics")
    }

    typealias Fault = (command: String, code: String)

    static let faults: [Fault] = [
        (#""subscribe":[{"topic":"a"},{"topic":"a","cursor":"earliest"}]"#, "cursor_invalid"),
        (#""publish":{"topic":"a","event":"open","data":1}"#, "event_invalid"),
        (#""publish":{"topic":"a","event":"error","data":1}"#, "event_invalid"),
        (#""publish":{"topic":"a","topics":["$b"],"data":1}"#, "topic_reserved"),
        // Half of a surrogate pair: in a name, and in data.
        (#""subscribe":[{"topic":"\ud83d"}]"#, "json_invalid"), (#""unsubscribe":["\ude00"]"#, "json_invalid"),
        (#""publish":{"topic":"a","data":"x\ud83d"}"#, "json_invalid"),
        (#""publish":{"topic":"a","data":["\ud83d"]}"#, "json_invalid"),
        (#""publish":{"topic":"a","event":"\ud83d","data":1}"#, "json_invalid"),
        (#""history":{"topics":["\ud83d"]}"#, "json_invalid"), (#""presence":{"topic":"\ud83d"}"#, "json_invalid"),
    ]

    /// The client learns which command it was.
    @Test(arguments: faults) func refuses(_ fault: Fault) {
        let failure = Self.failure(of: ByteBuffer(string: #"{\#(fault.command),"id":7}"#))
        #expect(failure?.error.code == fault.code)
        #expect(failure?.id == CommandID(ByteBuffer(string: "7")))
    }

    private static func failure(of message: ByteBuffer) -> CommandFailure? {
        do throws(CommandFailure) {
            _ = try CommandReader.read(message)
            return nil
        } catch {
            return error
        }
    }

    private static func topics(of body: Command.Body) -> [String] {
        switch body {
        case .subscribe(let topics): topics.map { "\($0.topic) \(self.text($0.start))" }
        case .history(let topics, _): topics.map { "\($0.topic) \(self.text($0.start))" }
        case .unsubscribe(let topics): topics.map(\.name)
        case .publish(let draft, _): draft.topics.map(\.name)
        case .presence(let topic, _): [topic.name]
        case .authenticate, .ping: []
        }
    }

    private static func text(_ start: StartPoint) -> String {
        switch start {
        case .now: "now"
        case .earliest: "earliest"
        case .last(let count): "last \(count)"
        case .after(let cursor): "after \(cursor)"
        case .malformed(let text): "malformed \(text)"
        case .resuming, .refused: "limited"
        }
    }
}
