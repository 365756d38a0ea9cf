import ArgumentParser
import HalleyBench

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What every measurement has.
struct BenchOptions: ParsableArguments {
    @OptionGroup var client: ClientOptions

    @Option(help: "The topic. (default: one made for this run)")
    var topic: String?

    @Option(help: "Bytes of a payload, at least \(Stamp.minimumPayload).")
    var size = 128

    @Option(help: "A process of the server, for its CPU time and memory; may repeat.")
    var pid: [Int] = []

    @Option(help: "Another server: where publications are posted, or (ws://…) sent by a WebSocket client.")
    var publishURL: String?

    @Option(help: "Seconds without any delivery after which what is missing counts as lost.")
    var patience = 10.0

    @Flag(help: "Print a line of JSON.")
    var json = false

    func validate() throws {
        guard self.size >= Stamp.minimumPayload, self.size <= 1 << 20 else {
            throw ValidationError("--size must be from \(Stamp.minimumPayload) to \(1 << 20).")
        }
        guard self.patience > 0 else { throw ValidationError("--patience must be more than 0.") }
        guard self.topic.map({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isPlain) }) ?? true else {
            throw ValidationError("--topic must be of letters, digits and - . _ : here.")
        }
    }

    /// The same for subscribers and publishers of one run.
    func settledTopic() -> String { self.topic ?? "bench-\(UInt32.random(in: 0...UInt32.max))" }

    func server() throws -> Address { try Self.checked { try Address(self.client.server) } }

    func publishRequest(_ topic: String) throws -> PublishRequest {
        if let publishURL { return PublishRequest(foreign: try Self.checked { try Address(publishURL) }) }
        return PublishRequest(server: try self.server(), topic: topic, key: self.client.key)
    }

    var setting: BenchSetting {
        var setting = BenchSetting(processes: self.pid, patience: self.patience, progress: nil)
        if isatty(STDERR_FILENO) != 0 { setting.progress = { line in Terminal.progress(line) } }
        return setting
    }

    /// Runs a measurement and prints what came of it.
    func report(_ measure: () async throws -> Report) async throws {
        do {
            let report = try await measure()
            if isatty(STDERR_FILENO) != 0 { Terminal.progress("") }
            Terminal.print(self.json ? report.json : report.text)
        } catch let error as BenchError {
            Terminal.error("halley: \(error)")
            throw Failure.unavailable
        } catch {
            throw Failure.exit(error)
        }
    }

    /// A mistyped address is wrong usage.
    static func checked<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as BenchError { throw ValidationError(error.description) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch UnicodeScalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", ":": true
        default: false
        }
    }
}

extension Terminal {
    /// Writes over the last line of a terminal.
    static func progress(_ line: String) {
        let bytes = Array("\r\(line)\u{1b}[K".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
