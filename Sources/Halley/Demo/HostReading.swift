import HalleyHub
import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What `/proc` and the server say at one moment; where there is no `/proc`, zeros.
struct HostReading {
    private var time = NIODeadline.now()
    private var load: [Double] = []
    private var busyTicks = 0
    private var allTicks = 0
    private var memoryTotal = 0
    private var memoryAvailable = 0
    private var received = 0
    private var sent = 0
    private var connections = 0
    private var deliveries = 0

    static func read(_ server: HalleyServer) -> HostReading {
        var reading = HostReading()
        reading.load = ProcFile.words("/proc/loadavg").prefix(3).compactMap { Double($0) }
        reading.readProcessor()
        reading.readMemory()
        reading.readNetwork()
        reading.connections = server.connectionCount
        reading.deliveries = server.hub.statistics.deliveries
        return reading
    }

    private mutating func readProcessor() {
        let ticks = ProcFile.lines("/proc/stat").first?.split(separator: " ").dropFirst().compactMap { Int($0) } ?? []
        guard ticks.count >= 5 else { return }
        // The guests' time is counted in the users' already.
        self.allTicks = ticks.prefix(8).reduce(0, +)
        self.busyTicks = self.allTicks - ticks[3] - ticks[4]
    }

    private mutating func readMemory() {
        for line in ProcFile.lines("/proc/meminfo") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let kilobytes = Int(words[1]) else { continue }
            if words[0] == "MemTotal:" { self.memoryTotal = kilobytes * 1024 }
            if words[0] == "MemAvailable:" { self.memoryAvailable = kilobytes * 1024 }
        }
    }

    private mutating func readNetwork() {
        for line in ProcFile.lines("/proc/net/dev").dropFirst(2) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let counts = parts[1].split(separator: " ").compactMap { Int($0) }
            guard counts.count >= 9 else { continue }
            self.received += counts[0]
            self.sent += counts[8]
        }
    }

    /// As JSON; rates are per second since an earlier reading.
    func data(since last: HostReading) -> String {
        let seconds = max(0.001, Double((self.time - last.time).nanoseconds) / 1e9)
        func rate(_ now: Int, _ then: Int) -> Int { max(0, Int(Double(now - then) / seconds)) }
        let ticks = self.allTicks - last.allTicks
        let processor = ticks > 0 ? Double(self.busyTicks - last.busyTicks) / Double(ticks) : 0
        return """
            {"load":[\(self.load.map { Self.short($0) }.joined(separator: ","))],"cores":\(System.coreCount),\
            "cpu":\(Self.short(processor)),\
            "memory":{"total":\(self.memoryTotal),"available":\(self.memoryAvailable)},\
            "network":{"received":\(rate(self.received, last.received)),"sent":\(rate(self.sent, last.sent))},\
            "connections":\(self.connections),"deliveries":\(self.deliveries),\
            "deliveriesPerSecond":\(rate(self.deliveries, last.deliveries))}
            """
    }

    /// Three decimals.
    private static func short(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}

/// Small files of the kernel.
private enum ProcFile {
    static func lines(_ path: String) -> [Substring] { self.text(path).split(separator: "\n") }
    static func words(_ path: String) -> [Substring] { self.text(path).split(separator: " ") }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
