#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What processes have used so far, by `/proc` (Linux): CPU time in nanoseconds and resident memory in bytes.
package struct ProcessSample: Equatable, Sendable {
    package var cpu: UInt64
    package var memory: UInt64

    package init(cpu: UInt64, memory: UInt64) {
        self.cpu = cpu
        self.memory = memory
    }

    /// Of all these processes together.
    package init(of processes: [Int]) throws(BenchError) {
        self.init(cpu: 0, memory: 0)
        for process in processes {
            guard let tasks = Self.names(in: "/proc/\(process)/task"), let status = Self.text("/proc/\(process)/status")
            else {
                throw BenchError("There is no process \(process) in /proc.")
            }
            self.memory += Self.residentMemory(status)
            for task in tasks {
                // A thread may end meanwhile.
                self.cpu += Self.text("/proc/\(process)/task/\(task)/schedstat").flatMap(Self.runTime) ?? 0
            }
        }
    }

    package static var ofThisProcess: ProcessSample? { try? ProcessSample(of: [Int(getpid())]) }

    /// The first number of `schedstat`: nanoseconds on a CPU.
    static func runTime(_ schedstat: String) -> UInt64? { schedstat.split(separator: " ").first.flatMap { UInt64($0) } }

    /// The line `VmRSS:    1234 kB`.
    static func residentMemory(_ status: String) -> UInt64 {
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let words = line.split { $0 == " " || $0 == "\t" }
            return (words.dropFirst().first.flatMap { UInt64($0) } ?? 0) * 1024
        }
        return 0
    }

    private static func names(in folder: String) -> [String]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
