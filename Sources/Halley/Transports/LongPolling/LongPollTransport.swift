import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// AJAX long polling at `/longpoll`: the answer is held until there is a publication.
struct LongPollTransport: Transport {
    static let path = "/longpoll"
    static let methods: [HTTPMethod] = [.GET, .HEAD, .POST]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let limit = try request.target.integer("limit", in: 1...1000, default: 1000)
        let timeout = try request.target.integer("timeout", in: 1...60, default: 25)
        let callback = try self.callback(request, in: loop)
        var parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        let timestamp = try Self.timestamp(request)
        if let timestamp {
            for index in parameters.topics.indices { parameters.topics[index].start = timestamp }
        }
        let allowed = try self.authorize(request, parameters, in: loop)
        let poll = LongPoll(loop: loop, limit: limit, timeout: timeout, from: request.address) { answer in
            var answer = answer
            answer.hasTimestamp = timestamp != nil
            return answer.response(callback: callback, caching: "no-store")
        }
        poll.begin(after: allowed)
        // Of a HEAD only the headers count.
        if request.isHead { poll.release() }
        return .answered(.held(poll))
    }

    /// The cursor as the classic comet clients send it: 0 asks for the newest.
    private static func timestamp(_ request: RequestHead) throws(RequestError) -> StartPoint? {
        guard let item = request.target.values("timestamp").first else { return nil }
        if ["0", "", "none"].contains(item) { return .last(1) }
        return try SubscribeParameters.start(item)
    }
}
