import HalleyHub
import NIOCore
import NIOHTTP1
import Testing

@testable import Halley

@Suite struct CommandStateMachineTests {
    private let cursor = Cursor(epoch: 1, sequence: 7)

    private func command(_ text: String) throws -> Command { try CommandReader.read(ByteBuffer(string: text)) }

    /// Effects in short, so that whole lists compare.
    private func said(_ effects: [CommandStateMachine.Effect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .perform(.subscribe(let topics)): "ask subscribe \(Self.names(topics.map(\.topic)))"
            case .perform(.publish(let draft, let key)): "publish \(Self.names(draft.topics)) \(key ?? "-")"
            case .perform(.history(let topics, let limit)): "history \(Self.names(topics.map(\.topic))) \(limit)"
            case .perform(.presence(let topic, let limit)): "presence \(topic) \(limit)"
            case .perform(.authenticate(let token)): "authenticate \(token)"
            case .join(let topics): "join \(Self.names(topics.map(\.topic)))"
            case .leave(let topics): "leave \(Self.names(topics))"
            case .reply(let id, .success(let answer)): "\(String(buffer: id.text)): \(String(buffer: answer))"
            case .reply(let id, .failure(let error)): "\(String(buffer: id.text)): \(error.code)"
            case .replySubscribed(let id, let topics, let cursor):
                "\(String(buffer: id.text)): subscribed \(Self.names(topics)) at \(cursor.sequence)"
            case .replyTopics(let id, let topics): "\(String(buffer: id.text)): topics \(Self.names(topics))"
            }
        }
    }

    private static func names(_ topics: [Topic]) -> String { topics.map(\.name).joined(separator: "+") }

    private static let nothing = Result<ByteBuffer, RequestError>.success(ByteBuffer())
    private static let refusal = Result<ByteBuffer, RequestError>.failure(RequestError(.forbidden, "forbidden", "no"))

    private func topics(_ names: String...) throws -> [Topic] { try names.map { try Topic($0) } }

    @Test func answersPingsByItself() throws {
        var machine = CommandStateMachine(topics: [])
        #expect(self.said(machine.received(try self.command(#"{"id":"a","ping":{}}"#))) == [#""a": {}"#])
    }

    @Test func performsWhatTakesTime() throws {
        let commands = [
            (#"{"id":1,"publish":{"topic":"a","data":1,"key":"k"}}"#, "publish a k"),
            (#"{"id":1,"history":{"topics":["a","b"],"limit":3}}"#, "history a+b 3"),
            (#"{"id":1,"presence":{"topic":"a","limit":2}}"#, "presence a 2"),
            (#"{"id":1,"authenticate":{"token":"t"}}"#, "authenticate t"),
        ]
        for (text, task) in commands {
            var machine = CommandStateMachine(topics: [])
            #expect(self.said(machine.received(try self.command(text))) == [task])
            #expect(self.said(machine.completed(.success(ByteBuffer(string: "{}")))) == ["1: {}"])
            #expect(self.said(machine.received(try self.command(text))) == [task])
            #expect(self.said(machine.completed(Self.refusal)) == ["1: forbidden"])
        }
    }

    @Test func takesOneAfterTheOther() throws {
        var machine = CommandStateMachine(topics: [])
        #expect(
            self.said(machine.received(try self.command(#"{"id":1,"presence":{"topic":"a"}}"#))) == ["presence a 100"])
        #expect(self.said(machine.received(try self.command(#"{"id":2,"ping":{}}"#))) == [])
        #expect(self.said(machine.received(try self.command(#"{"id":3,"presence":{"topic":"b"}}"#))) == [])
        #expect(self.said(machine.completed(Self.refusal)) == ["1: forbidden", "2: {}", "presence b 100"])
        #expect(self.said(machine.completed(Self.refusal)) == ["3: forbidden"])
    }

    @Test func isFullAtItsLimit() throws {
        var machine = CommandStateMachine(topics: [])
        _ = machine.received(try self.command(#"{"id":0,"presence":{"topic":"a"}}"#))
        for number in 1...CommandStateMachine.maximumWaiting {
            #expect(!machine.isFull)
            #expect(self.said(machine.received(try self.command(#"{"id":\#(number),"ping":{}}"#))) == [])
        }
        #expect(machine.isFull)
        #expect(machine.completed(Self.refusal).count == 1 + CommandStateMachine.maximumWaiting)
        #expect(!machine.isFull)
    }

    @Test func repliesToASubscriptionWhenAllOfItCounts() throws {
        var machine = CommandStateMachine(topics: [])
        let subscribe = try self.command(#"{"id":1,"subscribe":[{"topic":"b"},{"topic":"a"}]}"#)
        #expect(self.said(machine.received(subscribe)) == ["ask subscribe b+a"])
        #expect(self.said(machine.completed(Self.nothing)) == ["join b+a"])
        // Further commands need not wait for it.
        #expect(self.said(machine.received(try self.command(#"{"id":2,"ping":{}}"#))) == ["2: {}"])
        #expect(self.said(machine.joined(try self.topics("a"), id: self.cursor)) == [])
        #expect(self.said(machine.joined(try self.topics("b"), id: self.cursor)) == ["1: subscribed b+a at 7"])
        #expect(self.said(machine.joined(try self.topics("b"), id: self.cursor)) == [])
    }

    @Test func twoSubscriptionsAreTwoReplies() throws {
        var machine = CommandStateMachine(topics: [])
        for (id, topic) in [(1, "a"), (2, "b")] {
            _ = machine.received(try self.command(#"{"id":\#(id),"subscribe":[{"topic":"\#(topic)"}]}"#))
            _ = machine.completed(Self.nothing)
        }
        #expect(
            self.said(machine.joined(try self.topics("a", "b"), id: self.cursor))
                == ["1: subscribed a at 7", "2: subscribed b at 7"])
    }

    @Test func aRefusedSubscriptionLeavesNothing() throws {
        var machine = CommandStateMachine(topics: [])
        let subscribe = try self.command(#"{"id":1,"subscribe":[{"topic":"a"}]}"#)
        _ = machine.received(subscribe)
        #expect(self.said(machine.completed(Self.refusal)) == ["1: forbidden"])
        #expect(self.said(machine.received(subscribe)) == ["ask subscribe a"])
    }

    @Test func topicsComeOnce() throws {
        var machine = CommandStateMachine(topics: try self.topics("a"))
        let both = try self.command(#"{"id":1,"subscribe":[{"topic":"b"},{"topic":"a"}]}"#)
        #expect(self.said(machine.received(both)) == ["1: already_subscribed"])
        _ = machine.received(try self.command(#"{"id":2,"subscribe":[{"topic":"b"}]}"#))
        _ = machine.completed(Self.nothing)
        // Also while it has not joined yet.
        #expect(
            self.said(machine.received(try self.command(#"{"id":3,"subscribe":[{"topic":"b"}]}"#))) == [
                "3: already_subscribed"
            ])
    }

    @Test func topicsAreLimited() throws {
        let all = try (0..<99).map { try Topic("t\($0)") }
        var machine = CommandStateMachine(topics: all)
        let two = try self.command(#"{"id":1,"subscribe":[{"topic":"a"},{"topic":"b"}]}"#)
        #expect(self.said(machine.received(two)) == ["1: too_many_topics"])
        #expect(
            self.said(machine.received(try self.command(#"{"id":2,"subscribe":[{"topic":"a"}]}"#))) == [
                "ask subscribe a"
            ])
        _ = machine.completed(Self.nothing)
        #expect(
            self.said(machine.received(try self.command(#"{"id":3,"subscribe":[{"topic":"b"}]}"#))) == [
                "3: too_many_topics"
            ])
    }

    @Test func leavesAllOrNothing() throws {
        var machine = CommandStateMachine(topics: try self.topics("a", "b"))
        #expect(
            self.said(machine.received(try self.command(#"{"id":1,"unsubscribe":["a","c"]}"#))) == ["1: not_subscribed"]
        )
        let leave = try self.command(#"{"id":2,"unsubscribe":["b","a"]}"#)
        #expect(self.said(machine.received(leave)) == ["leave b+a", "2: topics b+a"])
        #expect(self.said(machine.received(leave)) == ["2: not_subscribed"])
    }

    @Test func aSubscriptionThatIsLeftBeforeItCountsIsAnswered() throws {
        var machine = CommandStateMachine(topics: [])
        _ = machine.received(try self.command(#"{"id":1,"subscribe":[{"topic":"a"},{"topic":"b"}]}"#))
        _ = machine.completed(Self.nothing)
        #expect(
            self.said(machine.received(try self.command(#"{"id":2,"unsubscribe":["a"]}"#))) == [
                "leave a", "2: topics a",
            ])
        #expect(self.said(machine.joined(try self.topics("b"), id: self.cursor)) == ["1: subscribed b at 7"])
        _ = machine.received(try self.command(#"{"id":3,"subscribe":[{"topic":"c"}]}"#))
        _ = machine.completed(Self.nothing)
        #expect(
            self.said(machine.received(try self.command(#"{"id":4,"unsubscribe":["c"]}"#)))
                == ["leave c", "3: topics ", "4: topics c"])
    }
}
