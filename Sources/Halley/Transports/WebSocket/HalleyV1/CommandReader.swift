import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// Reads commands: `{"id":…,"<command>":…}`.
enum CommandReader {
    private typealias Members = [String: JSONReader.Value]

    private static let names = ["subscribe", "unsubscribe", "publish", "history", "presence", "authenticate", "ping"]

    static func read(_ message: ByteBuffer) throws(CommandFailure) -> Command {
        let members = try self.members(of: message)
        let id = members["id"].flatMap { CommandID($0.text) }
        do throws(RequestError) {
            guard let id else {
                throw self.invalid(
                    "“id” must be a string or a whole number of at most \(CommandID.maximumLength) bytes.")
            }
            let given = self.names.filter { members[$0] != nil }
            guard given.count == 1, let name = given.first, let value = members[name] else {
                throw RequestError(
                    .badRequest, "command_unknown", "A command has one of \(self.names.joined(separator: ", ")).")
            }
            return Command(id: id, body: try self.body(name, value))
        } catch {
            throw CommandFailure(id: id, error: error)
        }
    }

    private static func members(of message: ByteBuffer) throws(CommandFailure) -> Members {
        let root: JSONReader.Value
        do throws(JSONError) {
            root = try JSONReader.parse(message, maximumDepth: JSONReader.envelopeDepth)
        } catch {
            throw CommandFailure(
                id: error.code == .loneSurrogate ? self.id(ofUnsound: message) : nil,
                error: RequestError(.badRequest, "json_invalid", "A command must be valid JSON: \(error)."))
        }
        guard let members = root.object else {
            throw CommandFailure(id: nil, error: self.invalid("it must be an object: {\"id\":1,\"ping\":{}}."))
        }
        return members
    }

    /// Browsers write the half of a character that was cut as an escape: who asked must learn which command was refused.
    private static func id(ofUnsound message: ByteBuffer) -> CommandID? {
        let root = try? JSONReader.parse(
            message, maximumDepth: JSONReader.envelopeDepth, allowsLoneSurrogates: true)
        return root?.object?["id"].flatMap { CommandID($0.text) }
    }

    private static func body(_ name: String, _ value: JSONReader.Value) throws(RequestError) -> Command.Body {
        switch name {
        case "subscribe": .subscribe(try self.subscriptions(value))
        case "unsubscribe": .unsubscribe(try self.topics(value))
        case "publish": try self.publication(value)
        case "history": try self.history(try self.object(name, value))
        case "presence": try self.presence(try self.object(name, value))
        case "authenticate": .authenticate(token: try self.token(try self.object(name, value)))
        default: .ping
        }
    }

    // MARK: - Commands

    private static func subscriptions(
        _ value: JSONReader.Value
    ) throws(RequestError) -> [(topic: Topic, start: StartPoint)] {
        guard let list = value.array, !list.isEmpty else {
            throw self.invalid("“subscribe” must be a list: [{\"topic\":\"news\",\"cursor\":\"…\"}].")
        }
        var all: [(topic: Topic, start: StartPoint)] = []
        for entry in list {
            let members = try self.object("subscribe", entry)
            guard let name = try self.string(members, "topic") else {
                throw RequestError(.badRequest, "topic_missing", "Each subscription names its “topic”.")
            }
            all.append((try .requested(name), try self.start(members)))
        }
        return try NamedTopics.once(all)
    }

    private static func topics(_ value: JSONReader.Value) throws(RequestError) -> [Topic] {
        guard let list = value.array, !list.isEmpty else { throw self.invalid("topics must be a list of strings.") }
        var topics: [Topic] = []
        for entry in list {
            guard let name = entry.string else { throw self.invalid("topics must be a list of strings.") }
            topics.append(try .requested(name))
        }
        return try NamedTopics.once(topics)
    }

    private static func publication(_ value: JSONReader.Value) throws(RequestError) -> Command.Body {
        let members = try self.object("publish", value)
        do throws(RequestError) {
            let draft = try PublishRequestReader.draft(of: value)
            guard let key = try self.string(members, "key") else { return .publish(draft, key: nil) }
            return .publish(draft, key: try IdempotencyTable.key(key))
        } catch {
            // There is no batch here.
            if error.code != "batch_invalid" { throw error }
            throw self.invalid(error.message)
        }
    }

    private static func history(_ members: Members) throws(RequestError) -> Command.Body {
        guard let value = members.member("topics") else {
            throw RequestError(.badRequest, "topic_missing", "“history” needs “topics”, a list of strings.")
        }
        let topics = try self.topics(value)
        let start = try self.start(members)
        let limit = try self.integer(members, "limit", in: 1...1000, default: 100)
        return .history(topics.map { ($0, start == .now ? .earliest : start) }, limit: limit)
    }

    private static func presence(_ members: Members) throws(RequestError) -> Command.Body {
        guard let name = try self.string(members, "topic") else {
            throw RequestError(.badRequest, "topic_missing", "“presence” needs a “topic”.")
        }
        let limit = try self.integer(members, "limit", in: 1...1000, default: PresenceAnswer.defaultLimit)
        return .presence(try .requested(name), limit: limit)
    }

    private static func token(_ members: Members) throws(RequestError) -> String {
        guard let token = try self.string(members, "token"), !token.isEmpty else {
            throw RequestError(.badRequest, "key_missing", "“authenticate” needs a “token”.")
        }
        return token
    }

    // MARK: - Values

    private static func object(_ name: String, _ value: JSONReader.Value) throws(RequestError) -> Members {
        guard let members = value.object else { throw self.invalid("“\(name)” must be an object.") }
        return members
    }

    private static func string(_ members: Members, _ name: String) throws(RequestError) -> String? {
        guard let value = members.member(name) else { return nil }
        guard let text = value.string else { throw self.invalid("“\(name)” must be a string.") }
        return text
    }

    private static func integer(
        _ members: Members, _ name: String, in range: ClosedRange<Int>, default fallback: Int
    ) throws(RequestError) -> Int {
        guard let value = members.member(name) else { return fallback }
        guard let number = Int(String(buffer: value.text)), range.contains(number) else {
            throw .badParameter(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func start(_ members: Members) throws(RequestError) -> StartPoint {
        try SubscribeParameters.start(try self.string(members, "cursor") ?? "")
    }

    private static func invalid(_ message: String) -> RequestError {
        RequestError(.badRequest, "command_invalid", "The command is not well formed: \(message)")
    }
}
