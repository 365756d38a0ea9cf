#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What people and programs read. People at a terminal are spared its control characters: whoever publishes, and any server, could
/// write what the terminal would take for commands.
enum Terminal {
    /// At once, also into a pipe.
    static func print(_ line: String) {
        Swift.print(self.shown(line, on: STDOUT_FILENO))
        fflush(nil)
    }

    static func error(_ line: String) {
        var bytes = Array((self.shown(line, on: STDERR_FILENO) + "\n").utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written <= 0 { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// All of standard input.
    static func readInput() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private static func shown(_ text: String, on file: Int32) -> String {
        isatty(file) == 1 ? ControlCharacters.escaped(text) : text
    }
}
