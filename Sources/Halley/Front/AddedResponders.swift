import NIOConcurrencyHelpers
import NIOHTTP1

/// Who answers at paths that an embedding program has added: those of its configuration, and those that came since.
final class AddedResponders: Sendable {
    struct Place: Sendable {
        let responder: any Responder
        let methods: [HTTPMethod]
    }

    private let byPath = NIOLockedValueBox<[String: Place]>([:])

    /// The last that was added at a path is the one.
    func add(_ responder: any Responder, at path: String, methods: [HTTPMethod]) {
        self.byPath.withLockedValue { $0[path] = Place(responder: responder, methods: methods) }
    }

    func responder(at path: String) -> Place? { self.byPath.withLockedValue { $0[path] } }
}
