import NIOCore

/// A stretch of a run: how long it took, and what the server and this process used for it.
struct Phase {
    private let began = NIODeadline.now()
    private let server: ProcessSample?
    private let own: ProcessSample?
    private let setting: BenchSetting

    init(_ setting: BenchSetting) throws(BenchError) {
        self.setting = setting
        self.server = try setting.sample()
        self.own = ProcessSample.ofThisProcess
    }

    struct Use {
        let nanoseconds: UInt64
        let serverCPU: UInt64?
        let serverMemory: Int?
        let ownCPU: UInt64?

        var seconds: Double { Double(self.nanoseconds) / 1e9 }
    }

    func end() throws(BenchError) -> Use {
        let (server, own) = (try self.setting.sample(), ProcessSample.ofThisProcess)
        return Use(
            nanoseconds: max(1, UInt64((NIODeadline.now() - self.began).nanoseconds)),
            serverCPU: Self.difference(server, self.server),
            serverMemory: server.flatMap { after in self.server.map { Int(after.memory) - Int($0.memory) } },
            ownCPU: Self.difference(own, self.own))
    }

    private static func difference(_ after: ProcessSample?, _ before: ProcessSample?) -> UInt64? {
        guard let after, let before else { return nil }
        // A thread that has ended took its time with it.
        return after.cpu >= before.cpu ? after.cpu - before.cpu : nil
    }
}

extension Report {
    /// CPU time for each of `count` things, of the server and of the load generator.
    mutating func addCPU(_ use: Phase.Use, per thing: String, name: String, count: Int) {
        guard count > 0 else { return }
        func each(_ cpu: UInt64) -> Value { .number(Double(cpu) / 1000 / Double(count), unit: "µs") }
        if let cpu = use.serverCPU { self.add("\(name)_server_cpu_us", "server CPU per \(thing)", each(cpu)) }
        guard let own = use.ownCPU else { return }
        self.add("\(name)_own_cpu_us", "own CPU per \(thing)", each(own))
        let busy = Double(own) / Double(use.nanoseconds)
        self.add("\(name)_own_busy_percent", "own core busy", .number(busy * 100, unit: "%"))
        if busy > 0.9 {
            self.warn(
                "this load generator was busy \(Int(busy * 100)) % of the time (\(thing)): rates and latencies are its own."
            )
        }
    }
}
