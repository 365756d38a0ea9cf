import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// Remembers for five minutes which ids were given to what was published with a key (`Idempotency-Key`).
final class IdempotencyTable: Sendable {
    static let lifetime = TimeAmount.minutes(5)

    private typealias Records = IdempotencyRecords<EventLoopPromise<[Cursor]>>

    private let records: NIOLockedValueBox<Records>

    init() { self.records = NIOLockedValueBox(Records(lifetime: Self.lifetime, limits: Records.Limits())) }

    var count: Int { self.records.withLockedValue { $0.count } }

    /// Forgets those that have had their time. To be called about once a second.
    func expire() { self.records.withLockedValue { $0.expire(at: .now()) } }

    static func key(of request: RequestHead) throws(RequestError) -> String? {
        guard let key = request.header("idempotency-key") else { return nil }
        return try self.key(key)
    }

    static func key(_ key: String) throws(RequestError) -> String {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw RequestError(
                .badRequest, "idempotency_key_invalid", "An Idempotency-Key is 1–255 visible ASCII characters.")
        }
        return key
    }

    /// Runs `work` unless the same request was answered, or is under way.
    func once(
        _ key: IdempotencyKey,
        of owner: IdempotencyKey.Owner,
        content: ContentPrint,
        on eventLoop: any EventLoop,
        _ work: () -> EventLoopFuture<[Cursor]>
    ) -> EventLoopFuture<[Cursor]> {
        let promise = eventLoop.makePromise(of: [Cursor].self)
        let verdict = self.records.withLockedValue {
            $0.claim(key, of: owner, content, waiter: promise, at: .now())
        }
        switch verdict {
        case .waits: break
        case .answered(let ids): promise.succeed(ids)
        case .reused: promise.fail(Self.reused)
        case .full(let time): promise.fail(Self.full(for: time))
        case .first:
            work().whenComplete { result in
                let waiters = self.records.withLockedValue { $0.finish(key, try? result.get(), at: .now()) }
                promise.completeWith(result)
                for waiter in waiters { waiter.completeWith(result) }
            }
        }
        return promise.futureResult
    }

    private static let reused = RequestError(
        .unprocessableEntity, "idempotency_key_reused",
        "This Idempotency-Key was used with another content; take a new key for a new publication.")

    private static func full(for time: TimeAmount) -> RequestError {
        RequestError(
            .tooManyRequests, "too_many_keys",
            "Too many Idempotency-Keys were used in the last five minutes: publish without one, or later.",
            headers: [("Retry-After", String(max(1, time.nanoseconds / 1_000_000_000)))])
    }
}

/// Stands for what is published, in 128 bits.
struct ContentPrint: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ drafts: [PublicationDraft]) {
        self.first = Self.hash(drafts, seed: 1)
        self.second = Self.hash(drafts, seed: 2)
    }

    private static func hash(_ drafts: [PublicationDraft], seed: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(seed)
        for draft in drafts {
            hasher.combine(draft.topics)
            hasher.combine(draft.event)
            hasher.combine(draft.content.kind)
            hasher.combine(draft.content.type)
            draft.content.data.withUnsafeReadableBytes {
                hasher.combine($0.count)
                hasher.combine(bytes: $0)
            }
        }
        return hasher.finalize()
    }
}
