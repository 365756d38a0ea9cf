import HalleyHub
import NIOCore
import NIOHTTP1

/// The one way in for publications, by whatever transport they come: rights, rate, idempotency, log.
struct Publishing: Sendable {
    let principal: Principal
    let address: ClientAddress
    /// Makes a repeat safe.
    let key: String?

    /// All at once, where nothing was asked before. Fails with ``RequestError``.
    func publish(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        switch server.authority.verdict(self.principal, .publish, drafts.lazy.flatMap(\.topics)) {
        case .allowed: return self.countAndPublish(drafts, server, on: eventLoop)
        case .refused(let error): return .failed(error)
        case .ask(let asked):
            let allowed = server.authority.authorize(self.principal, .publish, asked, on: eventLoop)
            return .later(
                allowed.flatMap { self.countAndPublish(drafts, server, on: eventLoop).future(on: eventLoop) })
        }
    }

    private func countAndPublish(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        do { try self.countAgainstRate(drafts.count, server) } catch { return .failed(error) }
        return self.publishAllowed(drafts, server, on: eventLoop)
    }

    /// Where rights and rate are asked already.
    func publishAllowed(
        _ drafts: [PublicationDraft], _ server: ServerContext, on eventLoop: any EventLoop
    ) -> Eventually<[Cursor]> {
        guard let key else { return Self.append(drafts, server, on: eventLoop) }
        let scoped = IdempotencyTable.Key(scope: self.principal.idempotencyScope, key: key)
        return .later(
            server.idempotency.once(scoped, content: ContentPrint(drafts), on: eventLoop) {
                Self.append(drafts, server, on: eventLoop).future(on: eventLoop)
            })
    }

    func countAgainstRate(_ count: Int, _ server: ServerContext) throws(RequestError) {
        guard let seconds = server.publicationRate.take(count, for: self.address) else { return }
        throw RequestError(
            .tooManyRequests, "too_many_requests",
            "An address may publish \(server.configuration.limits.publicationRate) times a second (--publish-rate).",
            headers: [("Retry-After", String(seconds))])
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
