import Crypto
import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

/// Timed polling at `/poll`: answers at once.
struct PollTransport: Transport {
    static let path = "/poll"
    static let methods: [HTTPMethod] = [.GET, .HEAD, .POST]
    static let caching = "private, no-cache"

    func open(_ request: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let limit = try request.target.integer("limit", in: 1...1000, default: 1000)
        let interval = try request.target.integer("interval", in: 1...PollLease.maximumInterval, default: 30)
        let callback = try self.callback(request, in: loop)
        let parameters = try SubscribeParameters(request, defaultFormat: .envelope)
        // From now on would never bring anything.
        let allowed = try self.authorize(request, parameters, now: .last(1), in: loop)
        let answer = allowed.future(on: loop.eventLoop).flatMapWithEventLoop {
            [server = loop.server, address = request.address] presentation, eventLoop -> EventLoopFuture<MessagesAnswer>
            in
            let topics = presentation.topics
            do throws(RequestError) {
                try PollLease.renew(
                    presentation, topics.map(\.topic), interval: interval, from: address, in: server)
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
            return HistoryReading.read(topics, limit: limit, from: server.hub, on: eventLoop).map { answer in
                var answer = answer
                answer.issued = presentation.issued
                return answer
            }
        }
        return .answered(.answer(answer.map { Self.response(to: request, $0, callback) }))
    }

    private static func response(
        to request: RequestHead, _ answer: MessagesAnswer, _ callback: CallbackName?
    ) -> Response {
        var response = answer.response(callback: callback, caching: self.caching)
        // Of a POST nothing is kept that a tag could be compared with (RFC 9110 §13.1.2).
        if !request.isReading { return response }
        let tag = EntityTag.strong(request.uri, response.body)
        if let known = request.header("if-none-match"), EntityTag.matches(known, tag) {
            return Response(.notModified, headers: [("ETag", tag), ("Cache-Control", self.caching)])
        }
        response.headers.append(("ETag", tag))
        return response
    }
}

/// Entity tags (RFC 9110 §8.8.3).
enum EntityTag {
    /// Of the query and what it brought: the same bytes have the same tag, other bytes another one.
    static func strong(_ uri: String, _ body: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(data: Array(uri.utf8))
        body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return "\"\(Base64.encode(Array(hash.finalize().prefix(15))))\""
    }

    /// What proxies put behind the tag of an answer that they compress.
    private static let suffixes = ["-gzip", "-br"]

    /// The weak comparison that `If-None-Match` asks for (RFC 9110 §13.1.2).
    static func matches(_ header: String, _ tag: String) -> Bool {
        let forms = [tag] + self.suffixes.map { "\(tag.dropLast())\($0)\"" }
        return header.split(separator: ",").contains { item in
            let known = FieldList.trim(item)
            return known == "*" || forms.contains(known.hasPrefix("W/") ? String(known.dropFirst(2)) : known)
        }
    }
}
