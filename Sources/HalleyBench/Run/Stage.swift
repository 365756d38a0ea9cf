import NIOCore
import NIOPosix

/// The event loop on which all of a run lives, and its way in from outside.
struct Stage<Cast>: Sendable {
    private let loop: any EventLoop
    private let cast: NIOLoopBound<Cast>

    /// - Parameter make: makes what lives on the loop, there.
    static func with<Result>(
        _ make: @escaping @Sendable (any EventLoop) -> Cast, _ body: (Stage) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let stage = Stage(
                loop: loop, cast: try await loop.submit { NIOLoopBound(make(loop), eventLoop: loop) }.get())
            let result = try await body(stage)
            try await group.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Does something that takes a while.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (Cast) -> EventLoopFuture<Value>) async throws -> Value {
        try await self.loop.flatSubmit { body(self.cast.value) }.get()
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Cast) throws -> Value) async throws -> Value {
        try await self.loop.submit { try body(self.cast.value) }.get()
    }

    func pause(_ time: TimeAmount) async throws { try await self.loop.scheduleTask(in: time) {}.futureResult.get() }

    /// Tells how far it is, twice a second, while `body` runs.
    func telling<Result>(
        _ setting: BenchSetting, _ line: @escaping @Sendable (Cast) -> String, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let progress = setting.progress else { return try await body() }
        let task = self.loop.scheduleRepeatedTask(initialDelay: .milliseconds(500), delay: .milliseconds(500)) { _ in
            progress(line(self.cast.value))
        }
        defer { task.cancel() }
        return try await body()
    }
}
