import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// `GET /topics`.
struct TopicsEndpoint: Endpoint {
    static let path = "/topics"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        try loop.server.authority.requireKey(request)
        let limit = try request.target.integer("limit", in: 1...1000, default: 100)
        let query = TopicQuery(
            prefix: try request.target.value("prefix") ?? "", after: try request.target.value("after") ?? "",
            limit: limit + 1)
        let hub = loop.server.hub
        let promise = loop.eventLoop.makePromise(of: [TopicSummary].self)
        hub.engine.topics(query) { promise.completeWith($0.mapError { $0 }) }
        let response = promise.futureResult.flatMapWithEventLoop { summaries, eventLoop in
            let shown = Array(summaries.prefix(limit))
            return eventLoop.makeFutureWithTask { try await hub.subscriberCounts(of: shown.map(\.topic)) }
                .map { Response(json: Self.body(shown, $0, hasMore: summaries.count > limit)) }
        }
        return .answered(.answer(response))
    }

    private static func body(_ summaries: [TopicSummary], _ subscribers: [Int], hasMore: Bool) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeStaticString(#"{"topics":["#)
        for (index, summary) in summaries.enumerated() {
            body.writeStaticString(index > 0 ? #",{"topic":"# : #"{"topic":"#)
            body.writeJSONString(summary.topic.name)
            body.writeString(#","publications":\#(summary.publications),"bytes":\#(summary.bytes)"#)
            body.writeString(#","subscribers":\#(subscribers[index]),"newest":""#)
            body.writeCursor(summary.newest)
            body.writeStaticString(#""}"#)
        }
        body.writeStaticString("]")
        if hasMore, let last = summaries.last {
            body.writeStaticString(#","next":"#)
            body.writeJSONString(last.topic.name)
        }
        body.writeStaticString("}\n")
        return body
    }
}
