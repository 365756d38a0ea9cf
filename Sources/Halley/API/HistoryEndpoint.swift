import HalleyHub
import NIOCore
import NIOHTTP1

/// `GET` and `DELETE /history`.
struct HistoryEndpoint: Endpoint {
    static let path = "/history"
    static let methods: [HTTPMethod] = [.GET, .HEAD, .DELETE]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        if request.method == .DELETE { return try self.forget(request, loop) }
        let limit = try request.target.integer("limit", in: 1...1000, default: 100)
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let topics = parameters.topics.map { (topic: $0.topic, start: $0.start == .now ? .earliest : $0.start) }
        let (authority, hub, eventLoop) = (loop.server.authority, loop.server.hub, loop.eventLoop)
        let allowed = authority.principal(of: request, on: eventLoop).flatMap(on: eventLoop) {
            authority.require($0, .history, topics.lazy.map(\.topic), on: eventLoop)
        }
        let answer = allowed.future(on: eventLoop).flatMap { _ in
            HistoryReading.read(topics, limit: limit, from: hub, on: eventLoop)
        }
        return .answered(.answer(answer.map { $0.response(callback: nil, caching: "no-store") }))
    }

    private func forget(_ request: RequestHead, _ loop: LoopContext) throws(RequestError) -> Admission {
        try loop.server.authority.requireKey(request)
        let topics = try SubscribeParameters.topics(request.target)
        let promise = loop.eventLoop.makePromise(of: Int.self)
        loop.server.hub.engine.forget(topics) { promise.completeWith($0.mapError { $0 }) }
        let response = promise.futureResult.map { Response(json: ByteBuffer(string: "{\"deleted\":\($0)}\n")) }
        return .answered(.answer(response))
    }
}

/// A page of the log for clients that read it by themselves.
enum HistoryReading {
    /// - Parameter topics: with where each begins.
    static func read(
        _ topics: [(topic: Topic, start: StartPoint)], limit: Int, from hub: Hub, on eventLoop: any EventLoop
    ) -> EventLoopFuture<MessagesAnswer> {
        let plan = ReadPlan(topics, epoch: hub.epoch)
        let promise = eventLoop.makePromise(of: HistoryPage.self)
        let query = HistoryQuery(plan.interests, maximumCount: limit, maximumBytes: 4 << 20)
        hub.engine.history(query) { promise.completeWith($0.mapError { $0 }) }
        return promise.futureResult.map { page in
            MessagesAnswer(
                cursor: plan.cursor(after: page), messages: plan.messages(of: page),
                gaps: plan.gaps(with: page))
        }
    }
}
