import HalleyHub
import NIOCore
import NIOHTTP1

/// The query items that all transports share.
struct SubscribeParameters {
    static let maximumTopics = 100
    static let tooManyTopics = RequestError(
        .badRequest, "too_many_topics", "A connection may have \(Self.maximumTopics) topics; open another one.")
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
        self.topics = try NamedTopics.once(named.indices.map { (topic: named[$0], start: starts[$0]) })
        try Self.checkPlaces(of: self.topics)
        self.hello = try request.target.value("hello") == "1"
        self.format = try Self.format(request.target) ?? defaultFormat
    }

    static func topics(_ target: RequestTarget) throws(RequestError) -> [Topic] {
        try NamedTopics.once(self.named(target))
    }

    /// As they were named: some may be there twice.
    private static func named(_ target: RequestTarget) throws(RequestError) -> [Topic] {
        var topics: [Topic] = []
        for value in target.values("topic") {
            guard let value else {
                throw RequestError(.badRequest, "topic_invalid", "A topic's name must be percent-encoded UTF-8.")
            }
            topics.append(try .requested(value))
        }
        if topics.isEmpty {
            throw RequestError(.badRequest, "topic_missing", "Name a topic: “?topic=…” (it may repeat).")
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

    /// The id of the last event wins: an `EventSource` with `cursor=earliest` in its address would else replay for ever.
    private static func starts(_ request: RequestHead, count: Int) throws(RequestError) -> [StartPoint] {
        if let text = self.lastEventID(request) {
            let start = Cursor(text).map(StartPoint.after) ?? .malformed(Self.shown(text))
            return Array(repeating: start, count: count)
        }
        var given: [StartPoint] = []
        for value in request.target.values("cursor") { given.append(try self.start(value)) }
        if given.count == count { return given }
        // One that is empty is as if it were left out.
        given.removeAll { $0 == .now }
        switch given.count {
        case 0: return Array(repeating: .now, count: count)
        case 1: return Array(repeating: given[0], count: count)
        default:
            throw RequestError(
                .badRequest, "cursor_invalid",
                "Give one cursor for all topics, or one for each: there are \(count) topics and \(given.count) cursors."
            )
        }
    }

    /// The header, or else the query item of clients that can't set one. They put it behind what the address has: the last
    /// one is the newest.
    private static func lastEventID(_ request: RequestHead) -> String? {
        if let text = request.header("last-event-id"), !text.isEmpty { return text }
        let item = request.target.items.last { item in
            (item.name == "lastEventId" || item.name == "lastEventID") && item.value != ""
        }
        return item.map { $0.value ?? "" }
    }

    /// Cursors of their own need a place in the one that the client gets back.
    private static func checkPlaces(of topics: [(topic: Topic, start: StartPoint)]) throws(RequestError) {
        // All the same: the usual case.
        guard topics.count > Cursor.maximumMarks, topics.contains(where: { $0.start != topics[0].start }) else {
            return
        }
        let cursors = topics.compactMap { if case .after(let cursor) = $0.start { cursor } else { nil } }
        if cursors.count > Cursor.maximumMarks, Set(cursors).count > 1 {
            throw RequestError(
                .badRequest, "cursor_invalid",
                "At most \(Cursor.maximumMarks) topics of a connection may begin at different cursors.")
        }
    }

    /// - Parameter text: empty: from now on, as if none were given; `nil`: it was not percent-encoded UTF-8.
    static func start(_ text: String?) throws(RequestError) -> StartPoint {
        if text == "" { return .now }
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
