import ArgumentParser
import Halley
import HalleyClient

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
        case .refused(let status, _, _, _):
            self.exit(error, status == 401 || status == 403 ? self.refused : ExitCode.failure)
        case .ended: self.exit(error, self.refused)
        }
    }

    private static func exit(_ error: any Error, _ code: ExitCode) -> any Error {
        Terminal.error("halley: \(error)")
        return code
    }
}
