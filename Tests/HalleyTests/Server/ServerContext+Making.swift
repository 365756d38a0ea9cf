import HalleyHub
import Logging
import NIOCore
import NIOPosix

@testable import Halley

extension ServerContext {
    static let epoch: UInt64 = 0x4f9c_1b7a_2e8d_3056

    /// A server without a listener: its hub lives on the given loop.
    static func make(
        on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
        _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> ServerContext {
        var configuration = ServerConfiguration()
        configuration.apiKey = APIKey("the-key")!
        change(&configuration)
        let rules = configuration.topicRules
        let engine = MemoryEngine(rules: rules, epoch: Self.epoch) { LogTime(wall: 1_767_225_600_000, steady: 0) }
        return ServerContext(
            configuration: configuration,
            hub: try await Hub(engine: engine, rules: rules, eventLoops: [eventLoop]),
            connectionLimit: 1000,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}
