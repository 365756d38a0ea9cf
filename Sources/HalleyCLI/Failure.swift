import ArgumentParser
import Halley
import HalleyClient

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Says what went wrong, and ends with the exit code that `sysexits.h` has for it.
enum Failure {
    static let unavailable = ExitCode(69)
    static let refused = ExitCode(77)
    static let badConfiguration = ExitCode(78)
    static let internalError = ExitCode(70)

    static func exit(_ error: any Error) -> any Error {
        switch error {
        case let error as ClientError: self.exit(error)
        case is ServerError: self.exit(error, self.unavailable)
        case is SettingsError: self.exit(error, self.badConfiguration)
        case is ExitCode, is CleanExit, is ValidationError: error
        default: self.exit(error, self.internalError)
        }
    }

    private static func exit(_ error: ClientError) -> any Error {
        switch error {
        case .invalidURL: ValidationError(error.description)
        case .unreachable, .unexpectedAnswer: self.exit(error, self.unavailable)
        case .refused(let status, _, _):
            self.exit(error, status == 401 || status == 403 ? self.refused : ExitCode.failure)
        }
    }

    private static func exit(_ error: any Error, _ code: ExitCode) -> any Error {
        Terminal.error("halley: \(error)")
        return code
    }
}

/// What people and programs read.
enum Terminal {
    /// At once, also into a pipe.
    static func print(_ line: String) {
        Swift.print(line)
        fflush(nil)
    }

    static func error(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
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
}
