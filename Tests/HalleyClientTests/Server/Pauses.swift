import NIOConcurrencyHelpers

@testable import HalleyClient

/// The pauses that a client makes: written down, and over at once.
final class Pauses: Sendable {
    private let noted = NIOLockedValueBox<[Duration]>([])

    var all: [Duration] { self.noted.withLockedValue { $0 } }

    func pause(_ duration: Duration) async throws {
        self.noted.withLockedValue { $0.append(duration) }
        await Task.yield()
        try Task.checkCancellation()
    }
}

extension HalleyClient {
    /// A client for tests.
    init(_ url: String, pauses: Pauses, _ change: (inout ClientSettings) -> Void = { _ in }) throws {
        try self.init(url: url)
        self.settings.sleep = { try await pauses.pause($0) }
        change(&self.settings)
    }
}
