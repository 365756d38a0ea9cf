import HalleyHub
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// Remembers for five minutes which ids were given to what was published with a key (`Idempotency-Key`).
final class IdempotencyTable: Sendable {
    static let lifetime = TimeAmount.minutes(5)
    static let maximumEntries = 100_000

    struct Key: Hashable, Sendable {
        /// Whose: the same key of another principal is another key.
        var scope: String
        var key: String
    }

    private enum Entry {
        case underWay(ContentPrint, [EventLoopPromise<[Cursor]>])
        case done(ContentPrint, [Cursor], NIODeadline)

        var print: ContentPrint {
            switch self {
            case .underWay(let print, _), .done(let print, _, _): print
            }
        }
    }

    private enum Verdict {
        case first
        case answer([Cursor])
        case wait
        case reused
    }

    private let entries = NIOLockedValueBox<[Key: Entry]>([:])

    var count: Int { self.entries.withLockedValue { $0.count } }

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
        _ key: Key,
        content: ContentPrint,
        on eventLoop: any EventLoop,
        _ work: () -> EventLoopFuture<[Cursor]>
    ) -> EventLoopFuture<[Cursor]> {
        let promise = eventLoop.makePromise(of: [Cursor].self)
        switch self.verdict(key, content, promise) {
        case .wait: break
        case .answer(let ids): promise.succeed(ids)
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

    private func verdict(_ key: Key, _ content: ContentPrint, _ promise: EventLoopPromise<[Cursor]>) -> Verdict {
        self.entries.withLockedValue { entries in
            guard let entry = entries[key], !Self.isOld(entry) else {
                if entries.count >= Self.maximumEntries { Self.forgetOld(&entries) }
                entries[key] = .underWay(content, [])
                return .first
            }
            if entry.print != content { return .reused }
            switch entry {
            case .done(_, let ids, _): return .answer(ids)
            case .underWay(_, let waiting):
                entries[key] = .underWay(content, waiting + [promise])
                return .wait
            }
        }
    }

    /// A failure is not kept: the next try is a first one.
    private func finish(_ key: Key, _ content: ContentPrint, _ result: Result<[Cursor], any Error>) {
        let waiting = self.entries.withLockedValue { entries in
            let waiting: [EventLoopPromise<[Cursor]>] =
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
