import NIOHTTP1
import Testing

@testable import Halley

/// What a client sees of a refusal, apart from the words.
struct Refusal: Equatable, CustomStringConvertible {
    let status: UInt
    let code: String

    init(_ status: UInt, _ code: String) {
        self.status = status
        self.code = code
    }

    init(_ error: RequestError) { self.init(error.status.code, error.code) }

    var description: String { "\(self.status) \(self.code)" }

    /// What `body` fails with, `nil` where it doesn't.
    static func of(_ body: () throws -> Void) -> Refusal? {
        do {
            try body()
            return nil
        } catch let error as RequestError {
            return Refusal(error)
        } catch {
            Issue.record(error)
            return nil
        }
    }
}
