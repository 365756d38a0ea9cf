import HalleyHub
import NIOCore
import NIOHTTP1

/// The query items that all transports share.
struct SubscribeParameters {
    static let maximumTopics = 100
    static let maximumLast = 100_000

    enum Format: String { case raw, envelope }

    /// Each topic once.
    var topics: [(topic: Topic, start: StartPoint)]
    var format: Format
    /// Hello and cursor notices are wanted where scripts see them.
    var hello: Bool

    /// - Parameter mayLackTopics: the client can name them later.
    init(_ request: RequestHead, defaultFormat: Format, mayLackTopics: Bool = false) throws(RequestError) {
        let hasTopics = !mayLackTopics || !request.target.values("topic").isEmpty
        let named = hasTopics ? try Self.named(request.target) : []
        let starts = try Self.starts(request, count: named.count)
        self.topics = named.indices.map { (topic: named[$0], start: starts[$0]) }.uniqued(by: \.topic)
        self.hello = try request.target.value("hello") == "1"
        self.format = try Self.format(request.target) ?? defaultFormat
    }

    /// The topics that a request names: at least one, each once.
    static func topics(_ target: RequestTarget) throws(RequestError) -> [Topic] { try self.named(target).uniqued() }

    /// As they are named: the n-th of several cursors goes with the n-th.
    private static func named(_ target: RequestTarget) throws(RequestError) -> [Topic] {
        var topics: [Topic] = []
        for value in target.values("topic") {
            guard let value else {
                throw RequestError(.badRequest, "topic_invalid", "A topic's name must be percent-encoded UTF-8.")
            }
            do { topics.append(try Topic(value)) } catch { throw RequestError(error) }
        }
        if topics.isEmpty {
            throw RequestError(.badRequest, "topic_missing", "Name a topic: “?topic=…” (it may repeat).")
        }
        if topics.count > Self.maximumTopics, Set(topics).count > Self.maximumTopics {
            throw RequestError(
                .badRequest, "too_many_topics", "A connection may have \(Self.maximumTopics) topics; open another one.")
        }
        return topics
    }

    private static func format(_ target: RequestTarget) throws(RequestError) -> Format? {
        guard let text = try target.value("format") else { return nil }
        guard let format = Format(rawValue: text) else {
            throw .badParameter("format", "must be raw or envelope, not “\(text)”.")
        }
        return format
    }

    // MARK: - Cursors

    /// The header wins: an `EventSource` with `cursor=earliest` in its address would else replay for ever.
    private static func starts(_ request: RequestHead, count: Int) throws(RequestError) -> [StartPoint] {
        if let text = request.header("last-event-id"), !text.isEmpty {
            let start = Cursor(text).map(StartPoint.after) ?? .malformed(Self.shown(text))
            return Array(repeating: start, count: count)
        }
        var given: [StartPoint] = []
        for value in request.target.values("cursor") { given.append(try self.start(value)) }
        switch given.count {
        case 0: return Array(repeating: .now, count: count)
        case 1: return Array(repeating: given[0], count: count)
        case count: return try self.own(given)
        default:
            throw RequestError(
                .badRequest, "cursor_invalid",
                "Give one cursor for all topics, or one for each: there are \(count) topics and \(given.count) cursors."
            )
        }
    }

    /// Cursors of their own need a place in the one that the client gets back.
    private static func own(_ starts: [StartPoint]) throws(RequestError) -> [StartPoint] {
        let cursors = starts.filter { if case .after = $0 { true } else { false } }
        if cursors.count > Cursor.maximumMarks, Set(cursors.map { "\($0)" }).count > 1 {
            throw RequestError(
                .badRequest, "cursor_invalid",
                "At most \(Cursor.maximumMarks) topics of a connection may begin at different cursors.")
        }
        return starts
    }

    static func start(_ text: String?) throws(RequestError) -> StartPoint {
        if text == "earliest" { return .earliest }
        if let text, text.hasPrefix("last:"), text.utf8.dropFirst(5).allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(text.dropFirst(5)), (1...Self.maximumLast).contains(count)
        {
            return .last(count)
        }
        if let cursor = text.flatMap({ Cursor($0) }) { return .after(cursor) }
        throw RequestError(
            .badRequest, "cursor_invalid",
            "The cursor must be an id that this server gave, “earliest”, or “last:N” with N from 1 to \(Self.maximumLast)."
        )
    }

    /// What came as a cursor goes back to the client in the gap: short, and without what could break a frame.
    private static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(512).filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }
}
