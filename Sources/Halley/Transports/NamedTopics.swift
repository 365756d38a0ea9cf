import HalleyHub
import NIOHTTP1

/// Each topic once, however often a request names it.
enum NamedTopics {
    static func once(_ named: [Topic]) throws(RequestError) -> [Topic] {
        if named.count < 2 { return named }
        return try self.once(named.map { (topic: $0, start: .now) }).map(\.topic)
    }

    /// - Throws: where a topic is to begin at two places, or there are too many of them.
    static func once(
        _ named: [(topic: Topic, start: StartPoint)]
    ) throws(RequestError) -> [(topic: Topic, start: StartPoint)] {
        // The usual case.
        if named.count < 2 { return named }
        var places: [Topic: Int] = [:]
        var topics: [(topic: Topic, start: StartPoint)] = []
        for (topic, start) in named {
            if let place = places[topic] {
                if topics[place].start != start { throw self.twoStarts(topic) }
            } else if topics.count == SubscribeParameters.maximumTopics {
                throw SubscribeParameters.tooManyTopics
            } else {
                places[topic] = topics.count
                topics.append((topic, start))
            }
        }
        return topics
    }

    private static func twoStarts(_ topic: Topic) -> RequestError {
        RequestError(
            .badRequest, "cursor_invalid",
            "“\(topic)” is named twice, with different cursors; name it once, with the one that you mean.")
    }
}
