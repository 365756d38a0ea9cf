import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// `GET /presence`: who is on a topic.
struct PresenceEndpoint: Endpoint {
    static let path = "/presence"
    static let methods: [HTTPMethod] = [.GET, .HEAD]

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let limit = try request.target.integer("limit", in: 1...1000, default: PresenceAnswer.defaultLimit)
        let topics = try SubscribeParameters.topics(request.target)
        guard topics.count == 1 else { throw .badParameter("topic", "must be one topic here.") }
        let (authority, eventLoop) = (loop.server.authority, loop.eventLoop)
        let allowed = authority.principal(of: request, on: eventLoop).flatMap(on: eventLoop) {
            authority.require($0, .presence, topics, on: eventLoop)
        }
        let response = allowed.map { [presence = loop.server.hub.presence] _ in
            var body = PresenceAnswer(topics[0], limit: limit, in: presence).object
            body.writeStaticString("\n")
            return Response(json: body)
        }
        return .answered(.answer(response))
    }
}

/// `{"topic":"…","count":N,"members":[…]}`
struct PresenceAnswer {
    static let defaultLimit = 100

    private let topic: Topic
    private let members: [PresentMember]
    private let count: Int

    init(_ topic: Topic, limit: Int = defaultLimit, in presence: Presence) {
        self.topic = topic
        (self.members, self.count) = presence.members(on: topic, limit: limit)
    }

    var object: ByteBuffer {
        var object = ByteBuffer()
        object.writeStaticString(#"{"topic":"#)
        object.writeJSONString(self.topic.name)
        object.writeString(#","count":\#(self.count),"members":["#)
        for (index, member) in self.members.enumerated() {
            if index > 0 { object.writeStaticString(",") }
            object.writePresentMember(member)
        }
        object.writeStaticString("]}")
        return object
    }
}
