import NIOCore
import NIOHTTP1
import Synchronization

/// Remembers for five minutes what was answered to requests with an `Idempotency-Key`.
final class IdempotencyTable: Sendable {
    static let lifetime = TimeAmount.minutes(5)
    static let maximumEntries = 100_000

    struct Key: Hashable, Sendable {
        /// Whose: the same key of another principal is another key.
        var scope: String
        var key: String
    }

    private enum Entry {
        case underWay(ContentPrint, [EventLoopPromise<Response>])
        case done(ContentPrint, Response, NIODeadline)

        var print: ContentPrint {
            switch self {
            case .underWay(let print, _), .done(let print, _, _): print
            }
        }
    }

    private enum Verdict {
        case first
        case answer(Response)
        case wait
        case reused
    }

    private let entries = Mutex<[Key: Entry]>([:])

    var count: Int { self.entries.withLock { $0.count } }

    static func key(of request: Request) throws(RequestError) -> String? {
        guard let key = request.header("Idempotency-Key") else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw RequestError(
                .badRequest, "idempotency_key_invalid", "An Idempotency-Key is 1–255 visible ASCII characters.")
        }
        return key
    }

    /// Runs `work` unless the same request was answered, or is under way.
    func once(
        _ key: Key,
        content: ContentPrint,
        on eventLoop: any EventLoop,
        _ work: () -> EventLoopFuture<Response>
    ) -> EventLoopFuture<Response> {
        let promise = eventLoop.makePromise(of: Response.self)
        switch self.verdict(key, content, promise) {
        case .wait: break
        case .answer(let response): promise.succeed(response)
        case .reused:
            promise.fail(
                RequestError(
                    .unprocessableEntity, "idempotency_key_reused",
                    "This Idempotency-Key was used with another content; take a new key for a new publication."))
        case .first:
            work().whenComplete { result in
                self.finish(key, content, result)
                promise.completeWith(result)
            }
        }
        return promise.futureResult
    }

    private func verdict(_ key: Key, _ content: ContentPrint, _ promise: EventLoopPromise<Response>) -> Verdict {
        self.entries.withLock { entries in
            guard let entry = entries[key], !Self.isOld(entry) else {
                if entries.count >= Self.maximumEntries { Self.forgetOld(&entries) }
                entries[key] = .underWay(content, [])
                return .first
            }
            if entry.print != content { return .reused }
            switch entry {
            case .done(_, let response, _): return .answer(response)
            case .underWay(_, let waiting):
                entries[key] = .underWay(content, waiting + [promise])
                return .wait
            }
        }
    }

    /// A failure is not kept: the next try is a first one.
    private func finish(_ key: Key, _ content: ContentPrint, _ result: Result<Response, any Error>) {
        let waiting = self.entries.withLock { entries in
            let waiting: [EventLoopPromise<Response>] =
                if case .underWay(_, let promises)? = entries[key] { promises } else { [] }
            entries[key] = (try? result.get()).map { .done(content, $0, .now() + Self.lifetime) }
            return waiting
        }
        for promise in waiting { promise.completeWith(result) }
    }

    private static func isOld(_ entry: Entry) -> Bool {
        if case .done(_, _, let end) = entry { end < .now() } else { false }
    }

    private static func forgetOld(_ entries: inout [Key: Entry]) {
        entries = entries.filter { !self.isOld($0.value) }
        guard entries.count >= self.maximumEntries else { return }
        // Full of young ones: those that are done go, those under way stay.
        entries = entries.filter { if case .underWay = $0.value { true } else { false } }
    }
}

/// Stands for the content of a request, in 128 bits.
struct ContentPrint: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ request: Request) {
        self.first = Self.hash(request, seed: 1)
        self.second = Self.hash(request, seed: 2)
    }

    private static func hash(_ request: Request, seed: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(seed)
        for item in request.target.items where item.name == "topic" || item.name == "event" {
            hasher.combine(item.name)
            hasher.combine(item.value)
        }
        hasher.combine(request.mediaType)
        request.body.withUnsafeReadableBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
