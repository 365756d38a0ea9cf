import HalleyHub
import NIOCore
import NIOHTTP1

/// The one way in for publications, by whatever transport they come: rights, rate, idempotency, log.
struct Publishing: Sendable {
    let principal: Principal
    let address: ClientAddress
    /// Makes a repeat safe.
    let key: String?

    /// Judges what is known before the publications are: for ``publishAdmitted(_:_:on:)`` where that is all, for
    /// ``publish(_:_:on:)`` where each names its topics. Fails with ``RequestError``.
    func admit(
        _ target: PublishTarget, _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<Publishing> {
        switch target {
        case .one(let topics, event: _):
            // Mostly the rules say it all: then nothing need be waited for.
            if case .allowed = server.authority.verdict(self.principal, .publish, topics) {
                return self.counting(1, server) { .now(self) }
            }
            return server.authority.require(self.principal, .publish, topics, on: eventLoop)
                .flatMap(on: eventLoop) { _ in self.counting(1, server) { .now(self) } }
        case .batch:
            do { try server.authority.requireSomePublishing(self.principal) } catch { return .failed(error) }
            return self.counting(0, server) { .now(self) }
        }
    }

    /// All at once, where nothing was asked before. Fails with ``RequestError``.
    func publish(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        if case .allowed = server.authority.verdict(self.principal, .publish, drafts.lazy.flatMap(\.topics)) {
            return self.counting(drafts.count, server) { self.publishAdmitted(drafts, server, on: eventLoop) }
        }
        return server.authority.require(self.principal, .publish, drafts.lazy.flatMap(\.topics), on: eventLoop)
            .flatMap(on: eventLoop) { _ in
                self.counting(drafts.count, server) { self.publishAdmitted(drafts, server, on: eventLoop) }
            }
    }

    /// Where rights and rate are asked already.
    func publishAdmitted(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        guard let key else { return Self.append(drafts, server, on: eventLoop) }
        let scoped = IdempotencyKey(scope: .init(self.principal), text: key)
        let owner = IdempotencyKey.Owner(
            self.principal, countsLocal: server.configuration.limits.countLoopback)
        return .later(
            server.idempotency.once(scoped, of: owner, content: ContentPrint(drafts), on: eventLoop) {
                Self.append(drafts, server, on: eventLoop).future(on: eventLoop)
            })
    }

    /// - Parameter count: publications; 0: only whether there may be any.
    private func counting<Value: Sendable>(
        _ count: Int, _ server: ServerContext, then go: () -> Eventually<Value>
    ) -> Eventually<Value> {
        guard let seconds = server.publicationRate.take(count, for: self.address) else { return go() }
        return .failed(
            RequestError(
                .tooManyRequests, "too_many_requests",
                "An address may publish \(server.configuration.limits.publicationRate) times a second (--publish-rate).",
                headers: [("Retry-After", String(seconds))]))
    }

    private static func append(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        .calling(on: eventLoop) { complete in
            server.hub.engine.publish(drafts) { result in
                switch result {
                case .success(let ids): complete(.success(ids))
                case .failure(let error):
                    complete(
                        .failure(RequestError(.serviceUnavailable, "overloaded", "The log can't take it now: \(error)"))
                    )
                }
            }
        }
    }
}
